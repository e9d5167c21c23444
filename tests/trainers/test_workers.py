"""Runs on several machines; those of two are processes of this one."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kvideo.trainers import workers

SCRIPT = Path(__file__).with_name("two_workers.py")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_of_two_workers_is_that_of_one_process(videos, tmp_path):
    """Clipping, averages, synchronized statistics; parts; a resumption."""
    for part in ("train", "test"):
        shutil.copytree(videos / part, tmp_path / part)
    # The second worker has two clips of the validation, the first has four.
    held_out = sorted((tmp_path / "test").rglob("*.mp4"))
    for path in (held_out[1], held_out[3]):
        path.write_bytes(b"no video")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    assert done.returncode == 0, done.stderr[-5000:]
    found = json.loads(done.stdout.splitlines()[-1])
    one = found.pop("one")
    assert list(found) == ["worker 0", "worker 1"]
    for name, worker in found.items():
        for case, expected in one.items():
            ours = worker[case]
            for a, b in zip(ours["weights"], expected["weights"], strict=True):
                np.testing.assert_allclose(a, b, rtol=0, atol=1e-5)
            for a, b in zip(ours["history"], expected["history"], strict=True):
                assert a == pytest.approx(b, rel=1e-5), (name, case)
            assert ours["written"] == (name == "worker 0")
    files = {path.name for path in (tmp_path / "worker 0/cut").iterdir()}
    assert {"snapshot.npz", "best.keras", "model.keras"} <= files
    written = [path.name for path in (tmp_path / "worker 1").iterdir()]
    assert written == ["found.json"]


def cluster(count=2, kind="worker", **task):
    addresses = [f"127.0.0.1:{2000 + number}" for number in range(count)]
    task = {"type": kind, "index": 1} | task
    return json.dumps({"cluster": {"worker": addresses}, "task": task})


def test_place(config, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", cluster(3))
    assert workers.place(config) == (0, 1)
    run = dataclasses.replace(config, strategy="multi-worker")
    assert workers.place(run) == (1, 3)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "worker 1",
        "[]",
        '{"task": {"type": "worker", "index": 0}}',
        cluster(1, index=0),
        cluster(index=2),
        cluster(index=None),
        cluster(kind="ps"),
    ],
)
def test_a_place_that_is_not_said(config, monkeypatch, text):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        monkeypatch.setenv("TF_CONFIG", text)
    run = dataclasses.replace(config, strategy="multi-worker")
    with pytest.raises(ValueError, match="needs the addresses of all"):
        workers.place(run)


def test_one_process_has_its_own_folder(config):
    with workers.folder(config, "snapshot.npz") as own:
        assert own is config


def test_joining_comes_first(config, monkeypatch):
    """Here TensorFlow has computed something."""
    monkeypatch.setenv("TF_CONFIG", cluster())
    import tensorflow as tf

    from kvideo.trainers import strategy

    tf.zeros(1)
    run = dataclasses.replace(config, strategy="multi-worker")
    with (
        pytest.raises(ValueError, match="first thing in the process"),
        strategy.scope(run),
    ):
        pass
