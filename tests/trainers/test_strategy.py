"""Runs on several devices; those of two are in fresh processes."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.trainers import RunConfig, datasets, strategy, train

FOLDER = Path(__file__).parent


def output_of(script, *arguments, **environment):
    """What a script prints last, read as JSON."""
    done = subprocess.run(
        [sys.executable, str(FOLDER / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def check(*cases):
    """Three steps, clipped, with groups; and 9 clips evaluated by eights."""
    found = output_of("strategies.py", *cases)
    for case, results in found.items():
        for name, apart in results.items():
            assert apart["weights"] < 1e-5, (case, name)
            assert apart["logs"] < 1e-5, (case, name)
    return found


def test_two_devices_make_the_steps_of_one():
    check("synchronized")


@pytest.mark.slow
def test_two_devices_make_the_steps_of_one_in_parts_too():
    found = check("sgd", "accumulated")
    assert list(found["accumulated"]) == ["two devices", "one device"]


@pytest.mark.slow
def test_clipping_by_keras_would_differ():
    """It clips the share of each device: the other tests can tell."""
    found = output_of("strategies.py", "clipped_by_keras")
    assert found["clipped_by_keras"]["one part"]["weights"] > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_run_on_two_devices_is_that_of_one(backend, videos, tmp_path):
    """Clipping, synchronized statistics; averages and precise statistics."""
    for part in ("train", "test"):
        (tmp_path / part).symlink_to(videos / part)
    found = output_of(
        "two_device_runs.py",
        tmp_path,
        KERAS_BACKEND=backend,
        XLA_FLAGS="--xla_force_host_platform_device_count=2",
    )
    assert found["devices"] == 2
    one = found["one"]
    for name in ("two", "resumed"):
        for ours, theirs in zip(
            found[name]["weights"], one["weights"], strict=True
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
        rows = zip(found[name]["history"], one["history"], strict=True)
        for ours, theirs in rows:
            assert ours == pytest.approx(theirs, rel=1e-4), name
        assert found[name]["card"] == pytest.approx(one["card"], rel=1e-4)


def test_one_device_needs_no_strategy(config):
    for name in ("auto", "none", "mirrored"):
        with strategy.scope(dataclasses.replace(config, strategy=name)):
            assert strategy.replicas() == 1
            assert not tf.distribute.has_strategy()


def test_shares_are_of_one_size(config):
    run = dataclasses.replace(config, batch_size=12, accumulate=3)
    strategy.check_shares(run, 4)
    with pytest.raises(ValueError, match="batch_size=12, 8 devices, accumul"):
        strategy.check_shares(run, 8)
    with (
        pytest.raises(ValueError, match="batch_size=4, 1 devices"),
        strategy.scope(dataclasses.replace(config, accumulate=3)),
    ):
        pass


def test_full_batches_are_those_of_before_without_the_last(config):
    config = dataclasses.replace(config, batch_size=6)
    whole, validation = datasets(config, verbose=False)
    cut, same = datasets(
        dataclasses.replace(config, accumulate=2), verbose=False
    )
    batches = [x for x, _ in whole]
    full = [x for x, _ in cut]
    assert [len(x) for x in batches] == [6, 6, 4]
    assert [len(x) for x in full] == [6, 6]
    for ours, theirs in zip(full, batches, strict=False):
        np.testing.assert_array_equal(ours, theirs)
    assert int(cut.cardinality()) == 2
    assert cut.batch_paths(0, 1) == whole.batch_paths(0, 1)
    assert cut.class_names == whole.class_names
    # Evaluation leaves nothing out.
    assert [len(x) for x, _ in validation] == [len(x) for x, _ in same]
    assert same.file_paths == validation.file_paths


def test_fewer_videos_than_a_batch_are_refused(config):
    run = dataclasses.replace(config, batch_size=32, accumulate=2)
    with pytest.raises(ValueError, match=r"fewer videos.*batch_size=32"):
        datasets(run, verbose=False)


def test_what_does_not_go_together():
    run = {"model": "bqn_nano", "data": "videos"}
    for name in ("mirrored", "multi-worker"):
        with pytest.raises(ValueError, match="trains on one device"):
            RunConfig(**run, multigrid=(1, 1), strategy=name)
    with pytest.raises(ValueError, match="`precise_batch_norm` takes one"):
        RunConfig(**run, precise_batch_norm=1, strategy="multi-worker")
    with pytest.raises(ValueError, match="neither `joint` nor `multigrid`"):
        RunConfig(**run, accumulate=2, joint="mgda")
    with pytest.raises(ValueError, match="`strategy` must be one of"):
        RunConfig(**run, strategy="mirored")


@pytest.mark.parametrize(
    ("name", "backend"),
    [("mirrored", "torch"), ("multi-worker", "torch"), ("multi-worker", "jax")],
)
def test_a_backend_that_has_no_such_strategy(
    config, name, backend, monkeypatch
):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    run = dataclasses.replace(config, strategy=name)
    with (
        pytest.raises(ValueError, match=f"{name}.*KERAS_BACKEND={backend}"),
        strategy.scope(run),
    ):
        pass


@pytest.mark.parametrize("accumulate", [1, 2])
def test_policy_synchronized_and_parts_in_a_run(config, accumulate):
    config = dataclasses.replace(
        config,
        epochs=1,
        batch_norm="synchronized",
        accumulate=accumulate,
    )
    result = train(config, verbose=0)
    norms = [
        layer
        for layer in result.model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert [layer.synchronized for layer in norms] == [True]
    keras.saving.load_model(result.out / "model.keras")


def test_multigrid_says_which_devices_have_nothing_to_do(monkeypatch):
    run = {"model": "bqn_nano", "data": "videos"}
    grid = RunConfig(**run, multigrid=(1, 1))
    assert strategy.left_out(grid) is None
    monkeypatch.setattr(strategy, "_devices", lambda name: ("a", "b", "c"))
    assert "2 of 3 GPUs have nothing to do" in strategy.left_out(grid)
    assert strategy.left_out(RunConfig(**run)) is None
