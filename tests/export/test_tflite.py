import dataclasses

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

import kvideo.layers
from kvideo.export import (
    Card,
    card_path,
    export_tflite,
    list_tflite_ops,
    load_artefact,
)

# No CONV_3D: the mobile form of a 3-D convolution is a sum of 2-D ones.
BUILT_IN = {
    *("ADD", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D"),
    *("FULLY_CONNECTED", "MAXIMUM", "MEAN", "MUL", "PAD", "PADV2", "RELU"),
    *("RESHAPE", "SLICE", "SOFTMAX", "STRIDED_SLICE", "TRANSPOSE"),
}


def test_the_signature(artefacts, clips, expected):
    serve = Interpreter(str(artefacts["tflite"])).get_signature_runner(
        "serving_default"
    )
    assert serve.get_input_details()["clips"]["shape"].tolist() == [
        *(1, 6, 12, 12, 3)
    ]
    rows = [serve(clips=clip[None])["probabilities"] for clip in clips]
    np.testing.assert_allclose(
        np.concatenate(rows), expected, atol=1e-5, rtol=0
    )


def test_the_network_is_written_in_its_mobile_form(artefacts):
    found = set(list_tflite_ops(artefacts["tflite"]))
    assert found <= BUILT_IN
    assert "CONV_2D" in found


def test_the_card_lies_beside(artefacts, card):
    path = artefacts["tflite"].with_name("model.card.json")
    assert path == card_path(artefacts["tflite"])
    found = Card.load(path)
    # The file's siblings in the folder share the card.
    assert set(found.checksums) == {"model.tflite", "model.onnx"}
    assert dataclasses.replace(found, checksums={}) == card


def network_with(layer):
    inputs = keras.Input((4, 8, 8, 3))
    x = keras.layers.GlobalAveragePooling3D()(layer(inputs))
    x = keras.layers.Dense(3, activation="softmax")(x)
    return keras.Model(inputs, x)


def test_layers_that_do_not_convert_are_named_before(card, tmp_path):
    model = network_with(keras.layers.MaxPooling3D(2))
    with pytest.raises(ValueError, match=r"use kvideo\.layers\.MaxPool3D"):
        export_tflite(model, tmp_path / "model.tflite", card)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def forms(model, card, clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    for form, calibration in (("float16", None), ("int8", iter(clips))):
        path = folder / f"{form}.tflite"
        export_tflite(model, path, card, form=form, calibration=calibration)
    return folder


@pytest.mark.parametrize(
    ("form", "tolerance"), [("float16", 5e-3), ("int8", 0.2)]
)
def test_a_smaller_form_takes_and_gives_the_same(
    forms, form, tolerance, clips, expected, card
):
    artefact = load_artefact(forms / f"{form}.tflite")
    found = artefact.predict(clips)
    difference = np.abs(found - expected).max()
    # Not the float32 file under another name.
    assert 1e-6 < difference < tolerance
    assert dataclasses.replace(artefact.card, checksums={}) == card


def tensor_types(path):
    details = Interpreter(str(path)).get_tensor_details()
    return {np.dtype(detail["dtype"]).name for detail in details}


def test_what_the_forms_hold(forms, artefacts):
    assert "int8" not in tensor_types(artefacts["tflite"])
    assert "float16" in tensor_types(forms / "float16.tflite")
    assert "int8" in tensor_types(forms / "int8.tflite")
    ops = list_tflite_ops(forms / "int8.tflite")
    assert ops[0] == "QUANTIZE"
    assert "DEQUANTIZE" in ops


def test_the_dynamic_form_has_int8_weights(card, tmp_path):
    # Weights of fewer than 1024 numbers stay as they are.
    model = network_with(kvideo.layers.Conv3D(64, 3))
    path = tmp_path / "model.tflite"
    export_tflite(model, path, card, form="dynamic")
    assert "int8" in tensor_types(path)


@pytest.mark.parametrize("calibration", [None, []])
def test_int8_without_clips_is_refused(model, card, tmp_path, calibration):
    with pytest.raises(ValueError, match="int8 needs clips"):
        export_tflite(
            *(model, tmp_path / "m.tflite", card),
            form="int8",
            calibration=calibration,
        )
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_form_is_refused(model, card, tmp_path):
    with pytest.raises(ValueError, match="Received: form='int4'"):
        export_tflite(model, tmp_path / "m.tflite", card, form="int4")


def test_operations_that_do_not_convert_are_named(card, tmp_path):
    model = network_with(lambda x: keras.ops.max_pool(x, 2))
    with pytest.raises(ValueError, match="without one: MaxPool3D"):
        export_tflite(model, tmp_path / "model.tflite", card)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_converts_but_does_not_load_is_refused(card, tmp_path):
    # Sums over eight axes convert; only the interpreter refuses them.
    def halve(x):
        x = keras.ops.reshape(x, (-1, 2, 2, 4, 2, 4, 2, 3))
        return keras.ops.sum(x, axis=(2, 4, 6))

    model = network_with(halve)
    with pytest.raises(ValueError, match="result does not run"):
        export_tflite(model, tmp_path / "model.tflite", card)
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_returns_nan_is_refused(card, tmp_path):
    model = network_with(keras.layers.Rescaling(float("inf")))
    with pytest.raises(ValueError, match="finite numbers"):
        export_tflite(model, tmp_path / "model.tflite", card)
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused(model, card, tmp_path):
    with pytest.raises(ValueError, match=r"must end in '\.tflite'"):
        export_tflite(model, tmp_path / "model.lite", card)
