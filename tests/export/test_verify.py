import dataclasses
import subprocess
import sys

import keras
import numpy as np
import pytest

from kvideo.export import (
    ArtefactError,
    compare_in_fresh_process,
    export_all,
    fresh_process,
    load_artefact,
    predict_in_fresh_process,
    verify,
)


def test_all_artefacts_agree_in_fresh_processes(
    model, card, clips, expected, tmp_path
):
    formats = ["saved_model", "tflite", "onnx"]
    results = export_all(model, card, tmp_path, formats, clips)
    assert [result.format for result in results] == formats
    for result in results:
        assert result.max_abs_difference < 1e-5
        assert result.top1_agreement == 1
        assert result.size_bytes > 1000
        assert 0 < result.milliseconds < 60_000
        assert result.keras_milliseconds == results[0].keras_milliseconds
        found = load_artefact(result.path).card
        assert dataclasses.replace(found, checksums={}) == card
    assert results[0].ops == {}
    assert results[1].ops["SOFTMAX"] == results[2].ops["Softmax"] == 1
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "model.card.json",
        "model.onnx",
        "model.tflite",
        "saved_model",
    ]


def test_a_saved_model_needs_neither_keras_nor_layers(
    artefacts, clips, expected, tmp_path
):
    np.save(tmp_path / "clips.npy", clips)
    code = (
        "import sys; from kvideo.export.fresh_process import main; "
        "main(*sys.argv[1:]); "
        "print(sorted({'kvideo.layers', 'kvideo.ops'} & set(sys.modules)))"
    )
    files = [artefacts["saved_model"], tmp_path / "clips.npy"]
    done = subprocess.run(
        [sys.executable, "-c", code, *files, tmp_path / "out.npz"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    found = np.load(tmp_path / "out.npz")["probabilities"]
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_the_difference_is_measured_in_the_other_process(
    artefacts, clips, expected, tmp_path
):
    np.save(tmp_path / "clips.npy", clips)
    wrong = expected.copy()
    wrong[1, 2] += 0.25
    found = compare_in_fresh_process(
        wrong, tmp_path / "clips.npy", artefacts["tflite"]
    )
    assert abs(found - 0.25) < 1e-5


def test_the_error_of_the_other_process_is_told(clips, tmp_path):
    with pytest.raises(ArtefactError, match=r"Nothing is at '.*gone"):
        predict_in_fresh_process(clips, tmp_path / "gone.tflite")


def test_an_artefact_that_disagrees_does_not_stay(
    model, card, clips, expected, tmp_path, monkeypatch
):
    (tmp_path / "model.tflite").write_text("the last good one")
    for wrong in (expected[:, ::-1], np.full_like(expected, np.nan)):
        monkeypatch.setattr(
            verify, "run_in_fresh_process", lambda *args, out=wrong: (out, 1.0)
        )
        with pytest.raises(ArtefactError, match="disagrees with the Keras"):
            export_all(
                model,
                card,
                tmp_path,
                formats=["tflite"],
                clips=clips,
                overwrite=True,
            )
    assert [item.name for item in tmp_path.iterdir()] == ["model.tflite"]
    assert (tmp_path / "model.tflite").read_text() == "the last good one"


def test_a_network_that_returns_nan_is_refused(make_network, card, tmp_path):
    model = make_network()
    model.layers[-3].bias.assign([np.nan, 0, 0])
    with pytest.raises(ValueError, match="network itself returns NaN"):
        export_all(model, card, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_a_format_refuses_is_named_before(card, tmp_path):
    inputs = keras.Input((4, 8, 8, 3))
    x = keras.layers.MaxPooling3D(2)(inputs)
    x = keras.layers.GlobalAveragePooling3D()(x)
    x = keras.layers.Dense(3, activation="softmax")(x)
    with pytest.raises(ValueError, match=r"use kvideo\.layers\.MaxPool3D"):
        export_all(keras.Model(inputs, x), card, tmp_path)
    assert list(tmp_path.iterdir()) == []


REFERENCE = np.array([[0.6, 0.4], [0.504, 0.496], [0.1, 0.9], [0.2, 0.8]])


@pytest.mark.parametrize(
    ("format", "found", "agreement"),
    [
        ("tflite", REFERENCE + 5e-5, 1),
        ("tflite_float16", REFERENCE + np.array([0.01, -0.01]), 1),
        # A tie that fell the other way; then one clip of four.
        ("tflite_float16", REFERENCE - np.array([0.01, -0.01]), 0.75),
        # Of a clip of which the network is not sure.
        ("tflite_int8", [[0.4, 0.6], *REFERENCE[1:]], 0.75),
    ],
)
def test_what_counts_as_agreement(format, found, agreement):
    found = np.asarray(found)
    difference, same = verify._compared(format, REFERENCE, found)
    assert difference == np.abs(found - REFERENCE).max()
    assert same == agreement


@pytest.mark.parametrize(
    ("format", "found"),
    [
        ("onnx", REFERENCE + 2e-4),
        ("tflite_float16", REFERENCE + np.array([0.03, -0.03])),
        ("tflite_float16", REFERENCE[:, ::-1]),
        # One clip of four, of which the network is sure.
        ("tflite_int8", np.array([*REFERENCE[:3], [0.6, 0.4]])),
        ("tflite_int8", np.full_like(REFERENCE, np.nan)),
    ],
)
def test_what_counts_as_disagreement(format, found):
    with pytest.raises(ArtefactError, match=f"The {format} artefact dis"):
        verify._compared(format, REFERENCE, found)


@pytest.mark.parametrize("formats", [["onyx"], [], "tflite"])
def test_unknown_formats_are_refused(model, card, tmp_path, formats):
    with pytest.raises(ValueError, match=r"list out of.*saved_model"):
        export_all(model, card, tmp_path, formats=formats)
    assert list(tmp_path.iterdir()) == []


def test_an_artefact_with_other_classes_is_refused(clips, monkeypatch):
    monkeypatch.setattr(
        fresh_process,
        "run_in_fresh_process",
        lambda *args: (np.zeros((3, 2)), 1.0),
    )
    with pytest.raises(ValueError, match=r"\(3, 3\).*\(3, 2\)"):
        compare_in_fresh_process(np.zeros((3, 3)), clips, "any")
