"""Multigrid training: the shapes, the rates, one set of weights."""

import csv
import dataclasses
import functools
import itertools
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

import kvideo
from kvideo.layers import BatchNorm
from kvideo.trainers import Multigrid, ScaledRate, train
from kvideo.trainers.fit import _optimizer
from kvideo.trainers.multigrid import phase_spec, regrid
from kvideo.trainers.multigrid_cycles import (
    Grid,
    Phase,
    multigrid_schedule,
)
from kvideo.trainers.precision import precision

PHASE = Phase(0, 2, (Grid(2, 2, (2, 3)), Grid(1, 2, (4, 6))), 0)


def build(input_shape=(4, 8, 8, 3), dropout=0.5):
    """A network whose weights do not know the shape of its clips."""
    clips = keras.Input(input_shape)
    x = keras.layers.Conv3D(2, (1, 3, 3))(clips)
    x = BatchNorm()(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    x = keras.layers.Dropout(dropout)(x)
    return keras.Model(clips, keras.layers.Dense(2, activation="softmax")(x))


def batch(shape, count=4, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, *shape)).astype("float32")
    return tf.constant(x), tf.constant(np.arange(count) % 2)


def test_schedule_is_that_of_slowfast():
    """SLOWFAST_8x8_R50_stepwise_multigrid: steps 94, 154, 196, 239 epochs.

    The numbers are what the authors' multigrid.py answers.
    """
    phases = multigrid_schedule((32, 224, 224, 3), 239 * 1.5, (94, 60, 42, 43))
    ends = [73, 110, 142, 158, 205, 228, 248, 259, 291, 308, 322, 329, 358]
    assert [phase.end for phase in phases] == ends
    assert [phase.start for phase in phases] == [0, *ends[:-1]]
    assert [phase.stage for phase in phases] == [0] * 4 + [1] * 4 + [2] * 4 + [
        3
    ]
    assert [phase.rate for phase in phases] == [8, 4, 2, 1] * 3 + [1]
    shapes = [
        [(16, 8, 112), (8, 8, 158), (8, 8, 158)],
        [(8, 16, 112), (4, 16, 158), (4, 16, 158)],
        [(8, 16, 112), (4, 16, 158), (2, 16, 224)],
        [(4, 32, 112), (2, 32, 158), (1, 32, 224)],
    ]
    expected = [*shapes * 3, shapes[-1]]
    found = [
        [(g.batch, g.frames, g.size[0]) for g in phase.grids]
        for phase in phases
    ]
    assert found == expected


def test_schedule_without_short_cycle():
    phases = multigrid_schedule((16, 64, 48, 3), 30, (2, 1), short_cycle=False)
    found = [phase.grids for phase in phases]
    assert found[0] == (Grid(8, 4, (45, 34)),)
    assert found[-1] == found[-2] == (Grid(1, 16, (64, 48)),)


def test_short_trainings_leave_out_shapes():
    phases = multigrid_schedule((8, 64, 64, 3), 3, (3, 1))
    assert phases[0].start == 0 and phases[-1].end == 3
    assert all(phase.start < phase.end for phase in phases)
    pairs = itertools.pairwise(phases)
    assert all(a.end == b.start for a, b in pairs)


@pytest.mark.parametrize("epochs", [1, 2, 5, 9])
def test_short_trainings_end_with_the_clips_of_the_network(epochs):
    phases = multigrid_schedule((8, 64, 64, 3), epochs, (90, 1))
    assert (phases[-1].stage, phases[-1].end) == (1, epochs)
    assert phases[-1].grids[-1] == Grid(1, 8, (64, 64))


def test_other_shapes_compute_as_the_network_does():
    with precision("mixed_float16"):
        network = build()
    trainer = Multigrid(network, build)
    trainer(batch((2, 5, 4, 3))[0])
    (view,) = trainer._views._made.values()
    found = [layer.compute_dtype for layer in view.layers]
    assert found == [layer.compute_dtype for layer in network.layers]
    assert "float16" in found


def test_one_stage_is_refused():
    with pytest.raises(ValueError, match=r"stages=\(3,\)"):
        multigrid_schedule((8, 64, 64, 3), 3, (3,))


def test_steps_of_an_epoch():
    assert PHASE.steps(count=20, batch_size=2) == 3 * 2


def test_rate_by_hand():
    base = keras.optimizers.schedules.CosineDecay(0.0, 4, 0.0, "d", 1.0, 2)
    rate = ScaledRate(base, (0, 2, 4), (8, 4, 1))
    found = [float(rate(step)) for step in range(7)]
    cosine = [(1 + np.cos(np.pi * n / 4)) / 2 for n in range(5)]
    factors = [4, 4, 1, 1, 1]
    expected = [0, 8 * 0.5, *np.multiply(cosine, factors)]
    assert found == pytest.approx(expected, abs=1e-6)
    twin = ScaledRate.from_config(rate.get_config())
    assert float(twin(3)) == found[3]


def test_regrid_uses_each_clip_once():
    clips = tf.data.Dataset.range(20).map(
        lambda n: (tf.fill((2, 4, 6, 3), tf.cast(n, tf.float32)), n)
    )
    rounds = list(regrid(clips, PHASE, batch_size=2, count=20))
    assert len(rounds) == 3
    for number, (small, large) in enumerate(rounds):
        first = 6 * number
        assert small[0].shape == (4, 2, 2, 3, 3)
        assert large[0].shape == (2, 2, 4, 6, 3)
        labels = [*small[1].numpy(), *large[1].numpy()]
        assert labels == list(range(first, first + 6))
        values = [x[0, 0, 0, 0] for pair in (small, large) for x in pair[0]]
        assert values == labels


def test_too_few_videos_for_a_round():
    with pytest.raises(ValueError, match="needs 9 clips"):
        regrid(None, PHASE, batch_size=3, count=8)


def test_fewer_frames_span_the_same_time():
    spec = kvideo.data.ClipSpec(8, (4, 6), "dense", frame_stride=3)
    found = phase_spec(spec, PHASE)
    assert (found.num_frames, found.frame_stride) == (2, 12)
    assert found.frame_size == (4, 6)


def test_other_shapes_use_the_weights_of_the_network():
    network = build()
    trainer = Multigrid(network, build)
    x, _ = batch((2, 5, 4, 3))
    other = build((2, 5, 4, 3))
    other.set_weights(network.get_weights())
    np.testing.assert_allclose(trainer(x), other(x), atol=1e-6)
    assert len(trainer.trainable_variables) == len(network.trainable_variables)


def test_steps_are_those_of_plain_networks():
    """Two shapes after each other, in one round and as separate fits."""
    network, twin = build(dropout=0.0), build(dropout=0.0)
    twin.set_weights(network.get_weights())
    pairs = [batch((2, 5, 4, 3)), batch((4, 8, 8, 3), seed=1)]
    trainer = Multigrid(network, lambda input_shape: build(input_shape, 0.0))
    trainer.compile("sgd", "sparse_categorical_crossentropy")
    data = tf.data.Dataset.from_tensors(tuple(pairs))
    logs = trainer.fit(data, verbose=0).history
    losses = []
    for x, y in pairs:
        plain = build(x.shape[1:], dropout=0.0)
        plain.set_weights(twin.get_weights())
        plain.compile("sgd", "sparse_categorical_crossentropy")
        losses.append(plain.train_on_batch(x, y))
        twin.set_weights(plain.get_weights())
    assert logs["loss"] == [pytest.approx(np.mean(losses), rel=1e-4)]
    for ours, theirs in zip(
        network.get_weights(), twin.get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert trainer.optimizer.iterations == 2


def test_dropout_of_other_shapes_goes_on():
    trainer = Multigrid(build(), build)
    x, _ = batch((2, 5, 4, 3))
    first, second = (np.asarray(trainer(x, training=True)) for _ in range(2))
    assert not np.allclose(first, second)


def test_weights_of_another_shape_are_refused():
    def flat(input_shape=(2, 4, 4, 1)):
        clips = keras.Input(input_shape)
        x = keras.layers.Flatten()(clips)
        return keras.Model(clips, keras.layers.Dense(2)(x))

    with pytest.raises(ValueError, match="do not depend on the shape"):
        Multigrid(flat(), flat)(np.zeros((1, 1, 4, 4, 1), "float32"))


def test_the_network_is_what_is_saved(tmp_path):
    trainer = Multigrid(build(), build)
    trainer.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x, _ = batch(trainer.network.input_shape[1:])
    np.testing.assert_allclose(loaded(x), trainer.network(x), rtol=1e-6)
    with pytest.raises(NotImplementedError, match="save its `network`"):
        trainer.get_config()


def test_losses_of_layers_are_refused():
    def regular(input_shape=(2, 4, 4, 1)):
        clips = keras.Input(input_shape)
        x = keras.layers.GlobalAveragePooling3D()(clips)
        x = keras.layers.ActivityRegularization(0.1)(x)
        return keras.Model(clips, keras.layers.Dense(2)(x))

    with pytest.raises(ValueError, match="add no losses"):
        Multigrid(regular(), regular)(np.zeros((1, 1, 4, 4, 1), "float32"))


def test_mtnet_takes_every_shape_of_a_cycle():
    """Odd sizes and clips of four frames, with one set of weights."""
    make = functools.partial(kvideo.create_model, "mtnet_nano", classes=3)
    shape = (16, 40, 40, 3)
    trainer = Multigrid(make(input_shape=shape), make)
    phases = multigrid_schedule(shape, 100, (1, 1))
    grids = {(g.frames, *g.size) for p in phases for g in p.grids}
    assert (4, 20, 20) in grids and (8, 28, 28) in grids
    for grid in sorted(grids)[:2]:
        scores = trainer(np.ones((2, *grid, 3), "float32"), training=True)
        assert np.isfinite(scores).all() and scores.shape == (2, 3)


@pytest.fixture
def run(config, pooled, videos, tmp_path):
    """Each video twice: one round of the first phase."""
    for path in (videos / "train").rglob("*.mp4"):
        folder = tmp_path / "videos" / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        for copy in range(2):
            shutil.copy(path, folder / f"{path.stem}_{copy}.mp4")
    return dataclasses.replace(
        config,
        data=str(tmp_path / "videos"),
        model="pooled_net",
        epochs=6,
        batch_size=1,
        schedule={"warmup_epochs": 0},
        multigrid=(2, 1),
    )


@pytest.fixture
def pooled(monkeypatch):
    from kvideo.applications import registry

    def network(variant, classes, input_shape=(4, 16, 16, 3), dropout=0.5):
        clips = keras.Input(input_shape)
        x = keras.layers.Rescaling(1 / 255)(clips)
        x = keras.layers.Conv3D(4, 1, activation="relu")(x)
        x = keras.layers.GlobalMaxPooling3D()(x)
        x = keras.layers.Dropout(dropout)(x)
        x = keras.layers.Dense(classes, activation="softmax")(x)
        return keras.Model(clips, x, name="pooled")

    shape = (4, 16, 16, 3)
    info = registry.ModelInfo("pooled_net", "pooled", "net", network, shape)
    monkeypatch.setitem(registry._MODELS, "pooled_net", info)


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_rates_of_a_run(run):
    """Rounds of 32, 16, 14 and 7 clips."""
    run = dataclasses.replace(run, optimizer={"learning_rate": 0.1})
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    schedule = _optimizer(run, network, videos=64)._learning_rate
    phases = multigrid_schedule((4, 16, 16, 3), 6, (2, 1))
    steps = [p.steps(64, 1) * (p.end - p.start) for p in phases]
    total = sum(steps)
    for start, phase in zip(np.cumsum([0, *steps]), phases, strict=False):
        cosine = 0.05 * (1 + np.cos(np.pi * start / total))
        assert float(schedule(start)) == pytest.approx(
            phase.rate * cosine, rel=1e-4
        )


@pytest.mark.slow
def test_interrupted_run_goes_on(run, tmp_path, videos):
    """In the middle of a phase, with the losses of an unbroken run."""
    run = dataclasses.replace(run, out=str(tmp_path / "whole"))
    whole = train(run, verbose=0)
    history = rows(whole.out / "history.csv")
    found = [(r["frames"], r["height"], r["rate_factor"]) for r in history]
    assert len(found) == 6 and len(set(found)) >= 3
    assert found[-1] == ("4.0", "16.0", "1.0")

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    broken = dataclasses.replace(run, out=str(tmp_path / "broken"))
    with pytest.raises(KeyboardInterrupt):
        train(broken, callbacks=[Stop()], verbose=0)
    resumed = train(broken, resume=True, verbose=0)
    assert [r["loss"] for r in resumed.history] == pytest.approx(
        [r["loss"] for r in whole.history], rel=1e-5
    )
    assert isinstance(
        keras.saving.load_model(whole.out / "best.keras"), keras.Model
    )
    assert resumed.model.name == "pooled"
