import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from kvideo.export import Card, card_path, export_tflite, list_tflite_ops

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
    assert Card.load(path) == card


def network_with(layer):
    inputs = keras.Input((4, 8, 8, 3))
    x = keras.layers.GlobalAveragePooling3D()(layer(inputs))
    x = keras.layers.Dense(3, activation="softmax")(x)
    return keras.Model(inputs, x)


def test_operations_that_do_not_convert_are_named(card, tmp_path):
    model = network_with(keras.layers.MaxPooling3D(2))
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
