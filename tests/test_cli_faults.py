"""What goes wrong around the commands, and names that look like markup."""

import errno
import os
import shutil
import signal
from pathlib import Path

import pytest

from kvideo.data.synthetic import write_motion_dataset
from kvideo.locks import folder_lock
from tests.test_cli import error_of, kvideo, output_of

CLASSES = {
    "grow": "[red]walk",
    "shrink": "[/bold]",
    "move_up": "a $x^$ $b :smile:",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with `[v1]`, videos of three classes, and a run of them."""
    folder = tmp_path_factory.mktemp("faults") / "[v1]"
    write_motion_dataset(folder / "all", {"train": 2, "test": 1}, seed=2)
    for split in ("train", "test"):
        for old, new in CLASSES.items():
            target = folder / split / new.replace("/", "\u2215")
            shutil.copytree(folder / "all" / split / old, target)
    text = output_of(*training(folder, folder / "run"))
    assert f"Saved {folder / 'run' / 'model.keras'} and" in text
    return folder


def training(folder, out, *more):
    return (
        "train",
        folder / "train",
        "--model=tsm_resnet_nano",
        "--epochs=1",
        "--batch-size=2",
        f"--out={out}",
        "--set=model_overrides={input_shape: [2, 32, 32, 3]}",
        "validation_split=0",
        *more,
    )


def names():
    return [name.replace("/", "\u2215") for name in CLASSES.values()]


def broken_copy(place, tmp_path):
    for split in ("train", "test"):
        for name in names():
            path = tmp_path / "junk" / split / name / "1.mp4"
            path.parent.mkdir(parents=True)
            path.write_bytes(b"no video")
    return tmp_path / "junk"


# -- names ---------------------------------------------------------------------


def test_names_are_printed_as_they_are(place, tmp_path):
    run, test = place / "run", place / "test"
    video = test / names()[0] / "grow_0000.mp4"
    page = tmp_path / "[i]page.html"
    text = output_of(
        *("evaluate", run, test, "--batch-size=2"),
        *(f"--out={tmp_path / '[b]scores'}", f"--report={page}"),
    )
    assert f"Saved {page}" in text
    for name in names():
        assert name in text
    assert "<td>[red]walk" in page.read_text(encoding="utf-8")
    assert str(tmp_path / "[b]scores" / "evaluation.npz") in text
    predicted = output_of("predict", run, video)
    assert all(name in predicted for name in names())
    assert names()[0] in output_of("info", run).replace("\n", "")
    drawn = output_of(
        *("visualize", "gradcam", run, video),
        f"--out={tmp_path / '[u]map.png'}",
    )
    assert f"Saved {tmp_path / '[u]map.png'}" in drawn
    assert "[red]" in output_of("doctor", place / "train")
    assert str(place) in error_of("predict", run, place / "none.mp4")


# -- no video, no disk ---------------------------------------------------------


def test_no_readable_video_is_one_sentence(place, tmp_path):
    junk = broken_copy(place, tmp_path)
    run, out = place / "run", f"--out={tmp_path / 'out'}"
    train = list(training(place, tmp_path / "run"))
    train[1] = junk / "train"
    for command in (
        train,
        ("evaluate", run, junk / "test"),
        ("report", run, junk / "test", out),
        ("bench-data", junk / "test"),
        ("prepare", junk / "test", f"--to={tmp_path / 'shards'}"),
        ("flow", junk / "test", f"--to={tmp_path / 'flow'}"),
        ("export", run, "--to=tflite", f"--data={junk}", out),
    ):
        message = error_of(*command)
        assert "junk" in message, command
        assert len(message) < 1500


def test_videos_that_vanish_are_one_sentence(place, tmp_path, monkeypatch):
    from kvideo.data import cache, loader

    shutil.copytree(place / "train", tmp_path / "train")
    load = loader.Loader.load

    def vanishing(self, row):
        shutil.rmtree(tmp_path / "train", ignore_errors=True)
        return load(self, row)

    monkeypatch.setattr(loader.Loader, "load", vanishing)
    train = list(training(place, tmp_path / "run"))
    train[1] = tmp_path / "train"
    message = error_of(*train)
    assert "None of the 6 video files can be decoded" in message

    def full(self, path, state):
        raise OSError(errno.ENOSPC, "No space left on device", "/cache/1")

    monkeypatch.undo()
    monkeypatch.setattr(cache.FrameCache, "_store", full)
    options = f"cache_dir={tmp_path / 'cache'}"
    message = error_of(*training(place, tmp_path / "cached", options))
    assert message.startswith("Error: '/cache/1': No space left on device.")


def test_a_full_disk_is_one_sentence(place, tmp_path, monkeypatch):
    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    run, test = place / "run", place / "test"
    video = test / names()[0] / "grow_0000.mp4"
    for command in (
        training(place, tmp_path / "run"),
        ("evaluate", run, test, f"--out={tmp_path / 'scores'}"),
        ("predict", run, video, "--timeline", f"--out={tmp_path / 'when'}"),
        (
            *("export", run, "--to=tflite", f"--data={test}"),
            f"--out={tmp_path / 'export'}",
        ),
        (*training(place, tmp_path), f"--eject={tmp_path / 'run.py'}"),
    ):
        message = error_of(*command)
        assert f"Cannot write '{tmp_path}" in message, command
        assert "No space left on device" in message
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == []


# -- two at once, and Ctrl-C ---------------------------------------------------


def test_a_second_process_is_refused(place, tmp_path):
    for name in ("run", "shards", "export"):
        (tmp_path / name).mkdir()
    for command, folder in (
        (training(place, tmp_path / "run", "--overwrite"), "run"),
        (
            ("prepare", place / "test", f"--to={tmp_path / 'shards'}"),
            "shards",
        ),
        (
            ("export", place / "run", f"--out={tmp_path / 'export'}"),
            "export",
        ),
    ):
        with folder_lock(tmp_path / folder):
            message = error_of(*command)
        assert f"is being written by process {os.getpid()}" in message


@pytest.fixture
def interruptible():
    """Ctrl-C works, also in a shell's background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_says_what_is_kept(place, tmp_path, monkeypatch):
    from kvideo.trainers.progress import ProgressBar

    def interrupt(self, epoch, logs=None):
        if epoch == 1:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(ProgressBar, "on_epoch_begin", interrupt)
    monkeypatch.setattr(ProgressBar, "on_epoch_end", lambda *_, **__: None)
    monkeypatch.setattr(ProgressBar, "on_train_batch_end", lambda *_, **__: 0)
    result = kvideo(*training(place, tmp_path / "run", "--epochs=3"))
    assert result.exit_code == 130
    assert result.stderr == (
        f"Interrupted: 1 of 3 epochs are kept in '{tmp_path / 'run'}'; the "
        "same command with --resume goes on after them.\n"
    )
    monkeypatch.undo()
    output_of(*training(place, tmp_path / "run", "--epochs=3", "--resume"))
    history = (tmp_path / "run" / "history.csv").read_text()
    assert history.count("\n") == 4


def test_ctrl_c_anywhere_else(place, monkeypatch):
    from kvideo import console

    def interrupt(compute):
        raise KeyboardInterrupt

    monkeypatch.setattr(console, "_touch_backend", interrupt)
    result = kvideo("info", "bqn_nano")
    assert result.exit_code == 130
    assert result.stderr.startswith("Interrupted: What was finished is kept")
    assert result.stderr.count("\n") == 1


# -- files that were cut -------------------------------------------------------

SHARES = (0, 0.5, 0.95)


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", ["snapshot.npz", "run.card.json"])
def test_a_run_with_a_cut_file_says_so(place, tmp_path, name, share):
    run = Path(shutil.copytree(place / "run", tmp_path / "run"))
    cut(run / name, share)
    message = error_of(*training(place, run, "--resume"))
    assert f"{run / name}' is damaged" in message
    assert "overwrite" in message


@pytest.mark.parametrize("share", (0, 0.2, 0.5, 0.8))
def test_a_cut_configuration_says_so(place, tmp_path, share):
    run = Path(shutil.copytree(place / "run", tmp_path / "run"))
    cut(run / "config.yaml", share)
    message = error_of(*training(place, run, "--resume"))
    assert f"{run / 'config.yaml'}' is damaged" in message
    assert "overwrite" in message
    page = f"--report={tmp_path / 'page.html'}"
    if share == 0:
        message = error_of("evaluate", run, place / "test", page)
        assert f"{run / 'config.yaml'}' is damaged" in message


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", ["model.keras", "model.card.json"])
def test_a_cut_network_says_so(place, tmp_path, name, share):
    run = Path(shutil.copytree(place / "run", tmp_path / "run"))
    cut(run / name, share)
    video = place / "test" / names()[0] / "grow_0000.mp4"
    message = error_of("predict", run, video)
    assert str(run / name) in message


@pytest.mark.parametrize("share", SHARES)
def test_cut_scores_say_so(place, tmp_path, share):
    import numpy as np

    from kvideo.evaluation import Evaluation

    scores = Evaluation(np.eye(3), np.arange(3), ("a", "b", "c"))
    path = scores.save(tmp_path / "a.npz")
    cut(path, share)
    message = error_of("ensemble", path)
    assert f"'{path}' is damaged" in message
