"""The demo's own code; `make test` runs all of it with real training."""

import io
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from rich.console import Console

import kvideo
from kvideo import demo
from kvideo.data.synthetic import MOTION_CLASSES
from kvideo.evaluation import Evaluation
from kvideo.export import Card, card_path
from kvideo.trainers.fit import TrainingResult, clip_spec


def a_console():
    return Console(file=io.StringIO(), width=120)


def text(console):
    return console.file.getvalue()


def untrained(config, **options):
    """In the place of `train`: a small network with the files of a run."""
    del options
    frames = 3 * kvideo.model_info(config.model).frames_per_segment
    overrides = {"input_shape": [frames, 64, 64, 3]}
    names = sorted(MOTION_CLASSES)
    spec = clip_spec(config.model, overrides).to_dict()
    card = Card(config.model, tuple(names), spec, overrides)
    model = kvideo.create_model(config.model, classes=8, **overrides)
    path = Path(config.out) / "model.keras"
    card.save(card_path(path))
    model.save(path)
    history = [{"epoch": 1, "loss": 2.0, "accuracy": 0.1}]
    return TrainingResult(model, history, card, path.parent)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One run with untrained networks: (rows, folder, printed text)."""
    folder, console = tmp_path_factory.mktemp("demo"), a_console()
    keras.utils.set_random_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(demo.CONFIGS, "quick", demo.DemoConfig(1, 1, 1, 1))
        patch.setattr(demo, "train", untrained)
        patch.setattr(demo, "export_all", lambda *args, **options: [])
        rows = demo.run(
            folder / "out", folder / "data", quick=True, console=console
        )
    return rows, folder, text(console)


def test_every_step_is_made_and_counted(ran):
    rows, folder, printed = ran
    steps = re.findall(r"^(\d+)/(\d+) ", printed, re.MULTILINE)
    assert steps == [(str(i), "10") for i in range(1, 11)]
    assert len(list((folder / "data").glob("*/*/*.mp4"))) == 16
    stored = Evaluation.load(folder / "out" / "scores.npz")
    np.testing.assert_array_equal(stored.scores, rows[0][2].scores)
    assert (folder / "out" / "confusion.png").read_bytes()[1:4] == b"PNG"


def test_controls_and_the_other_network_are_measured(ran):
    rows = ran[0]
    assert [row[:2] for row in rows] == [
        ("bqn_nano", "as they are"),
        ("bqn_nano", "shuffled frames"),
        ("bqn_nano", "reversed frames"),
        ("bqn_nano", "one repeated frame"),
        ("bqn_nano from scratch", "as they are"),
        ("tsn_resnet_nano", "as they are"),
        ("motion weights of the package", "as they are"),
    ]
    assert all(len(row[2].labels) == 8 for row in rows)
    assert not np.array_equal(rows[0][2].scores, rows[1][2].scores)


def test_the_network_in_the_package_is_asked_first(ran):
    rows, _, printed = ran
    shipped = rows[-1][2]
    assert list(shipped.class_names) == sorted(MOTION_CLASSES)
    np.testing.assert_allclose(shipped.scores.sum(axis=1), 1, atol=1e-5)
    # Eight videos; a coin with eight sides names five or more of them
    # rightly once in 800 throws.
    assert shipped.top1 >= 5 / 8
    asked = printed.index("videos are named rightly")
    assert asked < printed.index("Write video files to train on")


def test_page_shows_what_was_measured(ran):
    rows, folder, _ = ran
    page = (folder / "out" / "report.html").read_text("utf-8")
    assert f"{100 * rows[0][2].top1:.1f} %" in page
    # Curves, confusion matrix, and two film strips for each class.
    assert page.count("<img ") == 2 + 8 + 8
    assert "kvideo demo --out" in page
    assert "--quick" in page


@pytest.mark.parametrize(("right", "told"), [(7, True), (8, False)])
def test_a_weak_network_is_said_to_be_weak(right, told, tmp_path):
    console = a_console()
    labels = np.arange(8)
    scores = np.eye(8)[np.where(labels < right, labels, 0)]
    rows = [("bqn_nano", "as they are", Evaluation(scores, labels))]
    demo._conclude(console, tmp_path / "report.html", rows, 1.0)
    assert f"top-1 {100 * right / 8:.1f} %" in text(console)
    assert ("below the 98.3 %" in text(console)) == told
