"""`kvideo evaluate`, `report` and `ensemble` on a network of one rule."""

import csv
import dataclasses
import json

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from kvideo.cli import app
from kvideo.data import ClipSpec
from kvideo.evaluation import Evaluation, Protocol, get_protocol
from kvideo.evaluation.job import choose_protocol
from kvideo.export import Card, card_path
from tests.support.videos import write_folder

NAMES = ("jump", "run")


def kvideo(*arguments):
    return CliRunner().invoke(app, [str(word) for word in arguments])


def output_of(*arguments):
    result = kvideo(*arguments)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def error_of(*arguments):
    result = kvideo(*arguments)
    assert result.exit_code == 2, result.output
    return result.stderr


def sees_direction(outputs=1):
    """Says "jump" where red, the frame number, grows from first to last.

    The more it grows, the surer it is; the blue of "jump" is below 30.
    """
    clips = keras.Input((4, 16, 24, 3))
    maps = keras.layers.Conv3D(1, 1, use_bias=False, name="maps")(clips)
    change = maps[:, -1, 0, 0] - maps[:, 0, 0, 0]
    logits = keras.ops.concatenate([change, -change], axis=-1) / 4
    probabilities = keras.layers.Softmax()(logits)
    model = keras.Model(clips, [probabilities] * outputs)
    model.get_layer("maps").set_weights([np.eye(3)[:1].reshape(1, 1, 1, 3, 1)])
    return model


def save(folder, model, **fields):
    spec = ClipSpec(4, (16, 24), "dense", frame_stride=2)
    model.save(folder / "model.keras")
    card = Card("foreign", NAMES, spec.to_dict(), **fields)
    card.save(card_path(folder / "model.keras"))
    return folder / "model.keras"


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A network, two videos of each class, and one that is damaged."""
    folder = tmp_path_factory.mktemp("evaluate")
    save(folder, sees_direction())
    write_folder(folder / "test", NAMES, per_class=2, frames=16)
    (folder / "test" / "jump" / "0a.mp4").write_bytes(b"damaged")
    return folder


@pytest.fixture(scope="module")
def measured(work):
    """(what `evaluate` printed, its output folder)."""
    text = output_of(
        *("evaluate", work / "model.keras", work / "test", "--temporal"),
        *("--views=3x1", "--batch-size=4", "--store-protocol"),
        *(f"--out={work / 'out'}", f"--report={work / 'page.html'}"),
    )
    return text, work / "out"


def test_videos_and_views_are_counted_once(measured):
    """All grow, so all are taken for "jump": half are right."""
    text, out = measured
    views = Evaluation.load(out / "evaluation.npz")
    assert len(views.labels) == 4 * 3
    names = [path.rsplit("/", 2)[-2:] for path in views.paths[::3]]
    assert names == [
        *(["jump", "0.mp4"], ["jump", "1.mp4"]),
        *(["run", "0.mp4"], ["run", "1.mp4"]),
    ]
    figures = json.loads((out / "evaluation.json").read_text())
    assert (figures["clips"], figures["views"]["clips"]) == (4, 12)
    assert figures["top1"] == 0.5
    assert figures["protocol"]["clips"] == 3
    assert "videos 4 50.0 %" in text.replace("│ ", "")
    assert "12 50.0 %" in text.replace("│ ", "")


def test_tables_for_other_programs(measured):
    with open(measured[1] / "classes.csv", newline="") as file:
        assert list(csv.reader(file)) == [
            ["class", "clips", "right", "taken_for"],
            ["jump", "2", "2", "-"],
            ["run", "2", "0", "jump"],
        ]
    with open(measured[1] / "confusion.csv", newline="") as file:
        assert list(csv.reader(file)) == [
            ["class", "jump", "run"],
            ["jump", "2", "0"],
            ["run", "2", "0"],
        ]


def test_time_is_destroyed_and_stretched(measured):
    """Backwards every answer turns round; a still clip is undecided."""
    rows = measured[0].replace("│ ", "")
    assert "reversed frames 50.0 %" in rows
    reversed_row = rows[rows.index("reversed frames") :].split("%")
    assert reversed_row[2].split()[-1] == "0.0"
    for title in ("shuffled", "one repeated", "half the", "twice the"):
        assert title in rows


def test_the_page_has_strips_and_time(work, measured):
    page = (work / "page.html").read_text("utf-8")
    assert "Does it use time?" in page
    # The matrix, and a strip of each of the four videos.
    assert page.count("<img ") == 1 + 4
    assert "run, taken for jump" in page
    assert "(Grad-CAM)" in page


def test_the_stored_protocol_is_repeated(work, measured):
    card = Card.load(card_path(work / "model.keras"))
    assert card.metrics["test_top1"] == 0.5
    assert Protocol.from_dict(card.protocol).clips == 3
    again = output_of("evaluate", work / "model.keras", work / "test")
    assert "3x1 views of each video" in again
    other = output_of(
        "evaluate", work / "model.keras", work / "test", "--views=1x1"
    )
    assert "1x1 views of each video" in other


def test_ensemble_averages_files(work, measured, tmp_path):
    """Its twin sees the opposite, twice as much of it decides."""
    views = Evaluation.load(measured[1] / "evaluation.npz")
    twin = Evaluation(
        views.scores[:, ::-1], views.labels, NAMES, views.paths, views.protocol
    ).save(tmp_path / "twin.npz")
    text = output_of(
        *("ensemble", measured[1] / "evaluation.npz", twin),
        *("--weights=1,2", f"--out={tmp_path / 'both.npz'}"),
    )
    assert text.count("50.0 %") >= 3
    both = Evaluation.load(tmp_path / "both.npz")
    assert both.predictions.tolist() == [1, 1, 1, 1]
    assert (len(both.labels), both.protocol) == (4, None)
    message = error_of("ensemble", twin, twin, "--weights=a,b")
    assert "Received: --weights a,b" in message.replace("'", "")
    assert "two evaluations or more" in error_of("ensemble", twin)


def test_compare_reads_views_as_videos(measured):
    path = measured[1] / "evaluation.npz"
    assert "on 4 clips" in output_of("evaluate", "--compare", path, path)


def test_report_writes_a_page(work, tmp_path):
    page = tmp_path / "report.html"
    output_of(
        *("report", work / "model.keras", work / "test"),
        *("--views=1x1", f"--out={page}"),
    )
    assert "twice the frame rate" in page.read_text("utf-8")


def test_several_outputs_are_refused(work, tmp_path):
    path = save(tmp_path, sees_direction(outputs=2))
    assert "one output" in error_of("evaluate", path, work / "test")


def test_a_choice_of_protocol():
    paper = get_protocol("bqn_somethingv1")
    assert choose_protocol({}).views == "1x1"
    assert choose_protocol({"compared_with": "PyTorch"}).views == "1x1"
    assert choose_protocol({}, "bqn_somethingv1") == paper
    assert choose_protocol(paper.to_dict()) == paper
    assert choose_protocol(paper.to_dict(), views="2x3") == paper
    changed = choose_protocol(paper.to_dict(), views="1x1", average="logits")
    assert (changed.views, changed.average) == ("1x1", "logits")
    assert changed.short_side == paper.short_side
    assert changed.name == "bqn_somethingv1, changed"
    with pytest.raises(ValueError, match="bqn_somethingv1"):
        choose_protocol({}, "bqn_something")
    with pytest.raises(ValueError, match="'3'"):
        choose_protocol({}, views="3")


def test_a_protocol_with_windows_rebuilds_the_network(tmp_path):
    """As the released code of X3D tests crops larger than in training."""
    import dataclasses

    import numpy as np

    import kvideo
    from kvideo.evaluation import get_protocol, job
    from kvideo.export import Card, card_path, load_artefact

    options = {"input_shape": [8, 64, 64, 3]}
    network = kvideo.create_model("x3d_nano", classes=3, **options)
    network.save(tmp_path / "m.keras")
    card = Card("x3d_nano", ("a", "b", "c"), {"num_frames": 8}, options)
    card.save(card_path(tmp_path / "m.keras"))
    artefact = load_artefact(tmp_path / "m.keras")
    protocol = dataclasses.replace(
        get_protocol("x3d_kinetics400_m"), crop_size=96, training_size=64
    )
    found = job._in_windows(artefact, card, protocol)
    assert found.clip_shape == (8, 96, 96, 3)
    expected = kvideo.create_model(
        "x3d_nano", classes=3, input_shape=(8, 96, 96, 3), training_size=64
    )
    expected.set_weights(network.get_weights())
    clips = np.random.default_rng(0).uniform(0, 255, (1, *found.clip_shape))
    np.testing.assert_allclose(
        found.predict(clips), expected.predict(clips, verbose=0), rtol=1e-5
    )
    # A network that was trained on other crops stays what it is.
    other = dataclasses.replace(protocol, training_size=32)
    assert job._in_windows(artefact, card, other) is artefact


def test_videos_of_another_rate_are_read_by_time(work, tmp_path):
    """The videos have 25 frames a second, and the network knows 50."""
    path = save(tmp_path, sees_direction())
    card = Card.load(card_path(path))
    spec = card.clip_spec | {"frame_rate": 50.0}
    dataclasses.replace(card, clip_spec=spec).save(card_path(path))
    command = ("evaluate", path, work / "test")
    note = "4 of 4 videos have another frame rate than 50 a second"
    assert note in output_of(*command)
    assert note not in output_of(*command, "--fps", 0)
    output_of(*command, "--fps", 25, "--store-protocol")
    assert Card.load(card_path(path)).protocol["target_fps"] == 25
    assert note not in output_of(*command)
