"""Followers of a run; what TensorBoard reads is what was logged."""

import dataclasses
import pathlib
import sys
import types

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)
from tensorboard.util import tensor_util

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, train
from kvideo.trainers.group_table import group_pairs
from kvideo.trainers.loggers import LOGGERS, clip_strip, make_loggers

ROOT = pathlib.Path(__file__).parents[2]
RECIPES = sorted((ROOT / "training" / "recipes").glob("*.py"))


class FakeWandb(types.ModuleType):
    """Keeps what the callback asks of the package."""

    def __init__(self):
        super().__init__("wandb")
        self.started, self.rows = [], []

    def init(self, **options):
        self.started.append(options)
        return self

    def log(self, values, step):
        self.rows.append((step, values))


@pytest.fixture(scope="module")
def followed(videos, tmp_path_factory):
    """(configuration, result, wandb) of a run of two epochs."""
    wandb = FakeWandb()
    config = RunConfig(
        model="tiny_net",
        data=str(videos / "train"),
        validation_data=str(videos / "test"),
        epochs=2,
        batch_size=4,
        optimizer=OptimizerConfig(groups="tsn"),
        loggers=("tensorboard", "wandb"),
        out=str(tmp_path_factory.mktemp("followed") / "run"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "wandb", wandb)
        result = train(config)
    return config, result, wandb


@pytest.fixture(scope="module")
def events(followed):
    events = EventAccumulator(
        str(followed[1].out / "tensorboard"), size_guidance={"tensors": 0}
    )
    return events.Reload()


def scalars(events, name):
    return [(e.step, float(value(e))) for e in events.Tensors(name)]


def value(event):
    return tensor_util.make_ndarray(event.tensor_proto)


def test_tensorboard_has_the_history(followed, events):
    history = followed[1].history
    for name, part, field in (
        ("loss", "training", "loss"),
        ("accuracy", "validation", "val_accuracy"),
        ("learning_rate", "base", "learning_rate"),
    ):
        expected = [(row["epoch"], row[field]) for row in history]
        found = scalars(events, f"{name}/{part}")
        assert found == [pytest.approx(pair) for pair in expected]


def test_tensorboard_has_a_rate_for_each_group(events):
    base = dict(scalars(events, "learning_rate/base"))
    for role, factor in (("classifier", 5), ("classifier_bias", 10)):
        found = dict(scalars(events, f"learning_rate/{role}"))
        assert found == pytest.approx({i: factor * base[i] for i in base})
    names = events.Tags()["tensors"]
    assert "learning_rate/norm" not in names


def test_tensorboard_has_speed_and_a_clip(events):
    waits = [share for _, share in scalars(events, "speed/data_wait")]
    assert len(waits) == 2 and all(0 <= share <= 1 for share in waits)
    assert all(s > 0 for _, s in scalars(events, "speed/clips_per_second"))
    image = value(events.Tensors("clip")[0])
    # Width and height of two frames of 96 pixels, then the PNG.
    assert image[:2].tolist() == [b"196", b"96"]
    assert image[2].startswith(b"\x89PNG")


def test_weights_and_biases_gets_the_same(followed):
    config, result, wandb = followed
    (started,) = wandb.started
    assert (started["project"], started["name"]) == ("kvideo", "run")
    assert started["config"] == config.to_dict()
    assert [step for step, _ in wandb.rows] == [1, 2]
    for (_, values), row in zip(wandb.rows, result.history, strict=True):
        logged = {name: values[name] for name in row if name != "epoch"}
        expected = {k: v for k, v in row.items() if k != "epoch"}
        assert logged == pytest.approx(expected)


def test_the_run_has_the_numbers_of_one_that_nobody_follows(followed, tmp_path):
    config, result, _ = followed
    alone = dataclasses.replace(config, loggers=(), out=str(tmp_path))
    other = train(alone, verbose=0)
    assert other.history == [pytest.approx(row) for row in result.history]
    assert not (tmp_path / "tensorboard").exists()


@pytest.mark.parametrize(
    "name,install",
    [("tensorboard", r"kvideo\[tensorboard\]"), ("wandb", "wandb")],
)
def test_what_is_not_installed_is_said_at_once(
    name, install, config, monkeypatch
):
    monkeypatch.setitem(sys.modules, name, None)
    config = dataclasses.replace(config, loggers=(name,))
    with pytest.raises(ImportError, match=f"pip install {install}"):
        make_loggers(config, None)


def test_an_unknown_logger_is_refused(config):
    with pytest.raises(ValueError, match="'tensorboard', 'wandb'"):
        dataclasses.replace(config, loggers=("comet",))


def test_a_strip_of_flow_and_of_long_clips():
    flow = np.zeros((20, 16, 16, 2), np.float32)
    strip = clip_strip(flow)
    assert strip.shape == (96, 8 * 96 + 7 * 4, 3)
    assert strip[0, 0].tolist() == [0, 0, 128]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_each_recipe_goes_with_each_logger(path, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", FakeWandb())
    run = dataclasses.replace(
        Recipe.load(path).run, loggers=tuple(LOGGERS), out=str(tmp_path)
    )
    speed = types.SimpleNamespace(
        meter=types.SimpleNamespace(clip=None), measured=lambda: {"wait": 0.5}
    )
    optimizer = types.SimpleNamespace(learning_rate=np.float32(0.25))
    for logger in make_loggers(run, speed):
        logger.set_model(types.SimpleNamespace(optimizer=optimizer))
        logger.on_train_begin()
        logger.on_epoch_end(0, {"loss": 1.0})
    events = EventAccumulator(
        str(tmp_path / "tensorboard"), size_guidance={"tensors": 0}
    ).Reload()
    pairs = group_pairs(run.optimizer.groups)
    for role in [role for role, (rate, _) in pairs.items() if rate != 1]:
        rate = scalars(events, f"learning_rate/{role}")
        assert rate == [(1, pytest.approx(0.25 * pairs[role][0]))]
