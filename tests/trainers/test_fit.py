"""Whole runs on real encoded files, tiny ones."""

import csv
import dataclasses
import warnings

import keras
import numpy as np
import pytest

from kvideo.data.synthetic import MOTION_CLASSES
from kvideo.export import Card, card_path, load_artefact
from kvideo.trainers import RunConfig, datasets, train
from kvideo.trainers.fit import clip_spec


class Interrupt(keras.callbacks.Callback):
    """Ends the process, as it were, in the middle of an epoch."""

    def __init__(self, epoch, step=1):
        super().__init__()
        self.place = (epoch, step)
        self.epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            raise KeyboardInterrupt


class Remember(keras.callbacks.Callback):
    """Keeps the epochs that ended."""

    def on_epoch_end(self, epoch, logs=None):
        self.epochs = [*getattr(self, "epochs", []), epoch]


def quiet(config, **options):
    return train(config, verbose=0, **options)


def renamed(config, out):
    return dataclasses.replace(config, out=str(out))


def test_what_a_run_saves_loads_in_plain_keras_without_a_word(finished):
    _, result = finished
    for name in ("model.keras", "best.keras"):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            saved = keras.saving.load_model(result.out / name)
        assert type(saved.optimizer).__module__.startswith("keras.")
        assert type(result.model.optimizer).__module__.startswith("kvideo.")


def history_rows(out):
    with open(out / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, videos):
    config = RunConfig(
        model="tiny_net",
        data=str(videos / "train"),
        validation_data=str(videos / "test"),
        model_overrides={"dropout": 0.5},
        epochs=4,
        batch_size=4,
        out=str(tmp_path_factory.mktemp("finished") / "run"),
    )
    return config, quiet(config)


def test_history_and_learning_rate(finished):
    config, result = finished
    assert [row["epoch"] for row in result.history] == [1, 2, 3, 4]
    rates = [row["learning_rate"] for row in result.history]
    peak = config.optimizer.learning_rate
    np.testing.assert_allclose(rates[0], peak, rtol=1e-6)
    # A cosine over the three epochs after the warm-up.
    cosine = peak * (1 + np.cos(np.pi / 3 * np.arange(4))) / 2
    np.testing.assert_allclose(rates, cosine, atol=1e-9)
    written = [float(row["val_loss"]) for row in history_rows(result.out)]
    assert written == [row["val_loss"] for row in result.history]


def test_saved_network_and_card(finished):
    config, result = finished
    assert RunConfig.load(result.out / "config.yaml") == config
    artefact = load_artefact(result.out)
    clips = np.random.default_rng(0).uniform(0, 255, (3, 2, 16, 16, 3))
    expected = result.model.predict(clips, verbose=0)
    np.testing.assert_allclose(artefact.predict(clips), expected, atol=1e-6)
    assert artefact.card == result.card
    assert result.card.class_names == tuple(sorted(MOTION_CLASSES))
    assert result.card.clip_spec["num_frames"] == 2
    assert result.card.clip_spec["frame_size"] == [16, 16]


def test_best_network_is_that_of_the_best_epoch(finished):
    config, result = finished
    best = max(row["val_accuracy"] for row in result.history)
    model = keras.saving.load_model(result.out / "best.keras")
    _, validation = datasets(config)
    measured = model.evaluate(validation, verbose=0, return_dict=True)
    assert measured["accuracy"] == pytest.approx(best, abs=1e-6)
    card = Card.load(card_path(result.out / "best.keras"))
    assert card.metrics["val_accuracy"] == best


def test_resumed_run_has_the_losses_of_an_uninterrupted_one(finished, tmp_path):
    config, result = finished
    cut = renamed(config, tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        quiet(cut, callbacks=[Interrupt(epoch=2)])
    assert len(history_rows(tmp_path / "cut")) == 2
    keras.utils.set_random_seed(12345)  # a new process would not be seeded
    resumed = quiet(cut, resume=True)
    assert len(resumed.history) == 4
    for row, expected in zip(resumed.history, result.history, strict=True):
        assert row == pytest.approx(expected, rel=1e-6)
    for ours, theirs in zip(
        resumed.model.variables, result.model.variables, strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_resumed_run_of_sgd_with_momentum_and_steps(config, tmp_path):
    config = dataclasses.replace(
        config,
        optimizer={
            "name": "sgd",
            "nesterov": False,
            "weight_decay": 0,
            "l2": 1e-3,
            "clip_norm": 1.0,
            "learning_rate": 0.01,
        },
        schedule={"kind": "steps", "milestones": (1,)},
    )
    whole = quiet(config)
    rates = [row["learning_rate"] for row in whole.history]
    np.testing.assert_allclose(rates, [1e-3, 1e-3], rtol=1e-6)
    cut = renamed(config, tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        quiet(cut, callbacks=[Interrupt(epoch=1)])
    resumed = quiet(cut, resume=True)
    for row, expected in zip(resumed.history, whole.history, strict=True):
        assert row == pytest.approx(expected, rel=1e-6)


def test_averages_of_weights_are_validated_saved_and_resumed(config, tmp_path):
    config = dataclasses.replace(
        config, optimizer={"ema": 0.5, "learning_rate": 0.05}
    )
    whole = quiet(config)
    _, validation = datasets(config)
    for name, row in (
        ("model.keras", whole.history[-1]),
        ("best.keras", max(whole.history, key=lambda r: r["val_accuracy"])),
    ):
        saved = keras.saving.load_model(whole.out / name)
        measured = saved.evaluate(validation, verbose=0, return_dict=True)
        assert measured["loss"] == pytest.approx(row["val_loss"], rel=1e-4)
    cut = renamed(config, tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        quiet(cut, callbacks=[Interrupt(epoch=1)])
    resumed = quiet(cut, resume=True)
    for row, expected in zip(resumed.history, whole.history, strict=True):
        assert row == pytest.approx(expected, rel=1e-5)
    again = quiet(cut, resume=True)
    for ours, theirs in zip(
        again.model.get_weights(), whole.model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_plateau_goes_on_where_it_stopped(config, tmp_path):
    config = dataclasses.replace(
        config,
        epochs=4,
        # Nothing is learned, so the loss stays and the rate falls.
        batch_norm="frozen",
        optimizer={"learning_rate": 1e-12, "weight_decay": 0},
        model_overrides={},
        schedule={
            "kind": "plateau",
            "patience": 1,
            "factor": 0.5,
            "warmup_epochs": 0,
        },
    )
    whole = quiet(config)
    rates = [row["learning_rate"] for row in whole.history]
    assert rates[0] == pytest.approx(1e-12)
    assert rates[-1] < rates[0]
    cut = renamed(config, tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        quiet(cut, callbacks=[Interrupt(epoch=2)])
    resumed = quiet(cut, resume=True)
    assert [row["learning_rate"] for row in resumed.history] == rates


def test_statistics_measured_at_the_end_are_those_of_the_card(config):
    config = dataclasses.replace(config, epochs=1, precise_batch_norm=2)
    result = quiet(config)
    _, validation = datasets(config)
    saved = keras.saving.load_model(result.out / "model.keras")
    measured = saved.evaluate(validation, verbose=0, return_dict=True)
    assert result.card.metrics["val_loss"] == pytest.approx(measured["loss"])
    assert result.card.metrics["val_loss"] != result.history[0]["val_loss"]


def test_resuming_a_finished_run_trains_nothing(finished):
    config, result = finished
    again = quiet(config, resume=True, callbacks=[Interrupt(0), Interrupt(4)])
    assert again.history == result.history


def test_resuming_before_the_first_epoch_is_a_fresh_start(config):
    with pytest.raises(KeyboardInterrupt):
        quiet(config, callbacks=[Interrupt(epoch=0, step=0)])
    assert len(quiet(config, resume=True).history) == 2


def test_another_configuration_cannot_be_resumed(finished):
    config, _ = finished
    other = dataclasses.replace(
        config, epochs=9, optimizer={"learning_rate": 0.1}
    )
    with pytest.raises(
        ValueError,
        match=r"epochs=9 \(was 4\), "
        r"optimizer\.learning_rate=0\.1 \(was 0\.01",
    ):
        quiet(other, resume=True)


def test_a_run_is_not_overwritten_unasked(finished):
    config, result = finished
    before = (result.out / "history.csv").read_bytes()
    with pytest.raises(ValueError, match="There is a run in"):
        quiet(config)
    assert (result.out / "history.csv").read_bytes() == before


def test_overwrite_starts_anew_and_leaves_other_files(config):
    config = dataclasses.replace(config, epochs=1)
    first = quiet(config)
    (first.out / "notes.txt").write_text("mine")
    other = dataclasses.replace(config, seed=5)
    second = quiet(other, overwrite=True)
    assert len(second.history) == 1
    assert second.history != first.history
    assert (first.out / "notes.txt").read_text() == "mine"


def test_output_folder_that_cannot_be_written(config, tmp_path):
    (tmp_path / "file").write_text("")
    blocked = renamed(config, tmp_path / "file" / "run")
    with pytest.raises(ValueError, match="output folder cannot be written"):
        quiet(blocked)


def test_loss_that_is_not_finite_stops_the_run(config):
    wild = dataclasses.replace(
        config,
        optimizer={"name": "sgd", "learning_rate": 1e38},
        schedule={"warmup_epochs": 0},
    )
    with pytest.raises(ValueError, match=r"The loss is .* in epoch 1"):
        quiet(wild)


def test_split_smoothing_and_sgd(config, videos):
    config = dataclasses.replace(
        config,
        validation_data=None,
        validation_split=0.25,
        label_smoothing=0.1,
        optimizer={"name": "sgd", "learning_rate": 0.01},
        epochs=1,
    )
    training, validation = datasets(config)
    held_out = set(validation.file_paths)
    assert len(held_out) == 4
    assert not held_out & set(training.file_paths)
    result = quiet(config)
    assert isinstance(result.model.optimizer, keras.optimizers.SGD)
    # Accuracy is about classes, not about smoothed targets.
    assert result.history[0]["val_accuracy"] in (0, 0.25, 0.5, 0.75, 1)


def test_without_validation_the_lowest_loss_is_best(config):
    config = dataclasses.replace(
        config, validation_data=None, validation_split=0, epochs=1
    )
    result = quiet(config)
    assert "val_loss" not in result.history[0]
    card = Card.load(card_path(result.out / "best.keras"))
    assert card.metrics["loss"] == result.history[0]["loss"]


def test_callbacks_are_called(config):
    remember = Remember()
    quiet(dataclasses.replace(config, epochs=1), callbacks=[remember])
    assert remember.epochs == [0]


def test_unknown_network_leaves_the_folder_reusable(config):
    wrong = dataclasses.replace(config, model="tiny_nett")
    with pytest.raises(ValueError, match="tiny_net"):
        quiet(wrong)
    quiet(dataclasses.replace(config, epochs=1))


def test_two_channels_are_flow():
    assert clip_spec("tsn_resnet_nano").modality == "rgb"
    spec = clip_spec("tsn_resnet_nano", {"input_shape": (4, 32, 48, 2)})
    assert (spec.num_frames, spec.frame_size) == (4, (32, 48))
    assert spec.modality == "flow"


def test_frame_stride_of_the_run_goes_before_the_tables(config):
    run = dataclasses.replace(config, frame_stride=3)
    training, validation = datasets(run, verbose=False)
    assert training.clip_spec.frame_stride == 3
    assert validation.clip_spec.frame_stride == 3


def test_a_run_keeps_its_frames(config, tmp_path):
    run = dataclasses.replace(config, cache_dir=str(tmp_path / "cache"))
    training, _ = datasets(run, verbose=False)
    next(iter(training))
    assert list((tmp_path / "cache").glob("*.jpegs"))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision(config, precision):
    run = dataclasses.replace(config, precision=precision, epochs=1)
    result = quiet(run)
    dense = result.model.layers[-1]
    assert dense.compute_dtype == precision.removeprefix("mixed_")
    assert dense.kernel.dtype == "float32"
    scaled = isinstance(
        result.model.optimizer, keras.optimizers.LossScaleOptimizer
    )
    assert scaled == (precision == "mixed_float16")
    assert keras.config.dtype_policy().name == "float32"
    rows = quiet(dataclasses.replace(run, epochs=1), resume=True).history
    assert rows == result.history
