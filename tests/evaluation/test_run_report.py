import keras
import numpy as np
import pytest

from kvideo.evaluation import Evaluation, render_report
from kvideo.evaluation.run_report import Measured, run_report, worst_section


def evaluation(classes=3, clips=6):
    labels = np.arange(clips) % classes
    scores = np.full((clips, classes), 0.5 / (classes - 1))
    # One clip of the last class is taken for the first one.
    scores[np.arange(clips), np.where(np.arange(clips) == 5, 0, labels)] = 0.5
    names = tuple(f"class {i}" for i in range(classes))
    return Evaluation(scores, labels, names, [f"{i}.mp4" for i in range(clips)])


def network(channels=3):
    x = inputs = keras.Input((6, 8, 8, channels))
    x = keras.layers.Conv3D(2, 1, activation="relu")(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    return keras.Model(inputs, keras.layers.Dense(3, "softmax")(x))


def clips(number, channels=3, size=8):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, (number, 6, size, size, channels))


def titles(report):
    return [section.title for section in report.sections]


def test_a_page_of_everything():
    videos = evaluation()
    measured = Measured(
        title="net on test",
        subtitle="where",
        command="kvideo report",
        views=videos,
        videos=videos,
        macs=2e9,
        temporal=(("as they are", videos), ("shuffled frames", videos)),
        history=({"loss": 2.0, "accuracy": 0.2},),
        clips=clips(2),
        model=network(),
        settings={"Run": {"seed": 7}, "Clips": {}},
    )
    report = run_report(measured)
    assert titles(report) == [
        "Accuracy",
        "Does it use time?",
        "Training",
        "Confusion matrix",
        "Classes",
        "Hardest clips",
        "Configuration",
    ]
    assert report.headlines[0] == ("83.3 %", "top-1, 43.6 - 97.0 at 95 %")
    page = render_report(report)
    assert page.count("<img ") == 1 + 1 + 2
    assert "class 2, taken for class 0" in page
    (table,) = report.sections[-1].tables
    assert (table.caption, table.rows) == ("Run", (("seed", "7"),))


def test_a_page_without_a_run():
    videos = evaluation()
    report = run_report(Measured("net", "", "", videos, videos))
    assert titles(report) == [
        "Accuracy",
        "Confusion matrix",
        "Classes",
        "Hardest clips",
    ]


def test_strips_are_of_the_hardest_with_heat_below():
    section = worst_section(evaluation(), clips(1), network())
    (picture,) = section.pictures
    assert picture.caption == "5.mp4: class 2, taken for class 0"
    assert picture.image.shape[0] == 2 * 96 + 4
    assert "Grad-CAM" in section.text
    (plain,) = worst_section(evaluation(), clips(1)).pictures
    np.testing.assert_array_equal(plain.image, picture.image[:96])


def test_flow_has_strips_too():
    flow = clips(1, channels=2)
    (picture,) = worst_section(evaluation(), flow, network(2)).pictures
    assert picture.image.shape[-1] == 3
    assert (picture.image[:96, :96, 2] == 128).all()


def test_a_network_without_maps_has_no_heat():
    x = inputs = keras.Input((6, 8, 8, 3))
    x = keras.layers.Flatten()(x)
    flat = keras.Model(inputs, keras.layers.Dense(3)(x))
    section = worst_section(evaluation(), clips(1), flat)
    assert section.text.startswith("Without Grad-CAM: ")
    assert section.pictures[0].image.shape[0] == 96


@pytest.mark.parametrize("classes", [30, 400])
def test_pages_of_many_classes_stay_small(classes):
    """Six strips of noise, which compresses worse than any video."""
    videos = evaluation(classes, clips=classes)
    noise = clips(6, size=96)
    measured = Measured("net", "", "", videos, videos, clips=noise)
    size = len(render_report(run_report(measured)))
    assert 100_000 < size < 3_000_000
