"""Runs that end in the middle: killed, without room, with a loss of NaN."""

import dataclasses
import errno
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from kvideo.trainers import datasets, fit, train

SCRIPT = Path(__file__).with_name("killed_run.py")


def quiet(config, **options):
    return train(config, verbose=0, **options)


def check_goes_on(config, whole, out):
    """A resumed run ends with the numbers of the uninterrupted one."""
    resumed = quiet(dataclasses.replace(config, out=str(out)), resume=True)
    for row, expected in zip(resumed.history, whole.history, strict=True):
        assert row == pytest.approx(expected, rel=1e-6)
    for ours, theirs in zip(
        resumed.model.variables, whole.model.variables, strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    best = [keras.saving.load_model(p / "best.keras") for p in (out, whole.out)]
    for ours, theirs in zip(*(m.get_weights() for m in best), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_killed_run_goes_on_as_if_it_had_not_been(config, tmp_path):
    config = dataclasses.replace(
        config, epochs=3, validation_data=None, validation_split=0
    )
    whole = quiet(config)
    path = config.save(tmp_path / "config.yaml")
    places = ("step", "snapshot", "network")
    wanted = [f"{place}={tmp_path / place}" for place in places]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(path), *wanted],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-3:] == [f"{place} 9" for place in places]
    for place in places:
        assert not (tmp_path / place / "model.keras").exists()
        check_goes_on(config, whole, tmp_path / place)


class NoRoom(keras.callbacks.Callback):
    """From the second epoch on the disk is full."""

    def __init__(self, patch):
        super().__init__()
        self.patch = patch

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            self.patch()


def full(*arguments, **options):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "what", ["snapshot", pytest.param("network", marks=pytest.mark.slow)]
)
def test_a_full_disk_stops_the_run_and_keeps_what_there_was(
    what, config, tmp_path, monkeypatch
):
    config = dataclasses.replace(config, epochs=3)
    whole = quiet(config)
    cut = dataclasses.replace(config, out=str(tmp_path / "cut"))

    def patch():
        if what == "snapshot":
            monkeypatch.setattr(np, "savez", full)
        else:
            monkeypatch.setattr(keras.Model, "save", full)

    name = {"snapshot": "snapshot.npz", "network": "model.keras"}[what]
    with pytest.raises(
        OSError, match=rf"Cannot write '.*{name}': No space left"
    ):
        quiet(cut, callbacks=[NoRoom(patch)])
    monkeypatch.undo()
    assert not list((tmp_path / "cut").glob("*.partial*"))
    keras.saving.load_model(tmp_path / "cut" / "best.keras")
    check_goes_on(config, whole, tmp_path / "cut")


def test_a_loss_of_nan_names_step_files_and_layer(config):
    wild = dataclasses.replace(
        config,
        # The first step makes weights whose products overflow.
        optimizer={"name": "sgd", "learning_rate": 1e37, "nesterov": False},
        schedule={"kind": "constant", "warmup_epochs": 0},
    )
    with pytest.raises(ValueError) as raised:
        quiet(wild)
    message = str(raised.value)
    assert re.search(r"The loss is \w+ in epoch 1, step 2\.", message)
    assert re.search(r"come from 'dense\w*' \(Dense\)", message)
    training, _ = datasets(config, verbose=False)
    clips = [batch[0].numpy() for batch in training][1]
    paths = training.batch_paths(0, 1)
    assert all(path in message for path in paths)
    again = fit._clips_again(config, training.clip_spec, 0, 1, paths)
    np.testing.assert_allclose(again, clips, atol=1e-3)
