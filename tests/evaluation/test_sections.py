import io
import types
from pathlib import Path

import keras
import numpy as np
import pytest
from rich.console import Console

from kvideo.evaluation import Evaluation, print_section, sections


@pytest.fixture
def evaluation():
    scores = np.eye(4)[[0, 1, 2, 0]]
    return Evaluation(scores, np.arange(4), ("a", "b", "c", "d"))


def printed(section):
    console = Console(file=io.StringIO(), width=120)
    print_section(section, console)
    return console.file.getvalue()


def test_accuracy_is_measured_and_chance_is_derived(evaluation):
    section = sections.accuracy_section(
        [("net", "as they are", evaluation), ("net", "shuffled", evaluation)]
    )
    assert section.tables[0].rows == (
        ("net", "as they are", "75.0 %", "75.0 %"),
        ("net", "shuffled", "75.0 %", "75.0 %"),
    )
    assert "4 held-out clips of 4 classes" in section.text
    assert "25.0 %" in section.text


def test_training_shows_loss_and_accuracy_only():
    rows = [
        {"epoch": i, "learning_rate": 0.1, "loss": 1.0, "accuracy": 0.5}
        for i in (1, 2)
    ]
    (picture,) = sections.training_section(rows).pictures
    titles = [axes.get_title(loc="left") for axes in picture.image.axes]
    assert titles == ["loss", "accuracy"]


def test_artefacts_are_told_apart():
    result = types.SimpleNamespace(
        format="tflite",
        path=Path("runs/model.tflite"),
        size_bytes=1_234_567,
        max_abs_difference=2.5e-7,
        top1_agreement=1.0,
    )
    (table,) = sections.artefact_section([result]).tables
    assert table.rows == (
        ("tflite", "model.tflite", "1.23 MB", "2.5e-07", "100.0 %"),
    )


def test_predictions_name_the_video():
    top = [("grow", 0.75), ("shrink", 0.25)]
    section = sections.prediction_section("v.mp4", {"keras": top})
    assert section.text == "v.mp4"
    assert section.tables[0].rows == (
        ("keras", "grow 75.0 %", "shrink 25.0 %"),
    )
    assert section.tables[0].columns == ("Artefact", "1.", "2.")


def test_sections_can_be_printed(evaluation):
    section = sections.accuracy_section([("[red]", "as they are", evaluation)])
    text = printed(section)
    assert "[red]" in text
    assert "75.0 %" in text
    assert "Mean class accuracy" in text


def test_confusion_and_configuration(evaluation):
    (picture,) = sections.confusion_section(evaluation).pictures
    assert len(picture.image.axes) == 1
    section = sections.configuration_section({"epochs": 3, "seed": 0})
    assert section.tables[0].rows == (("epochs", "3"), ("seed", "0"))


def test_gradcam_strips_have_as_many_frames_as_a_phone_shows():
    clips = np.random.default_rng(0).uniform(0, 255, (2, 6, 8, 8, 3))
    x = inputs = keras.Input((6, 8, 8, 3))
    # Positive weights: whatever the frames are, some place speaks for a class.
    ones = {"kernel_initializer": "ones"}
    x = keras.layers.Conv3D(3, 1, activation="relu", name="maps", **ones)(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    model = keras.Model(inputs, keras.layers.Dense(2, **ones)(x))
    section = sections.gradcam_section(model, clips, ["a", "b"], "maps")
    assert [picture.caption for picture in section.pictures] == ["a", "b"]
    # Clip and heat: two rows of four frames of 96 pixels.
    strip = section.pictures[0].image
    assert strip.shape == (2 * 96 + 4, 4 * 96 + 3 * 4, 3)
    frames = np.stack([strip[:96, i : i + 96] for i in range(0, 400, 100)])
    shown = np.round(clips[0][[0, 1, 3, 5]]).repeat(12, 1).repeat(12, 2)
    np.testing.assert_array_equal(frames, shown)
    assert (strip[:96] != strip[100:]).any()
