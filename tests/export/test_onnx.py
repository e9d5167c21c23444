import keras
import numpy as np
import pytest

from kvideo.export import export_onnx, list_onnx_ops, load_artefact

onnxruntime = pytest.importorskip("onnxruntime")


def test_inputs_and_outputs_have_names_and_an_open_batch(artefacts):
    session = onnxruntime.InferenceSession(str(artefacts["onnx"]))
    (clips,), (scores,) = session.get_inputs(), session.get_outputs()
    assert (clips.name, clips.shape) == ("clips", ["B", 6, 12, 12, 3])
    assert (scores.name, scores.shape) == ("probabilities", ["B", 3])
    assert (clips.type, scores.type) == ("tensor(float)",) * 2


def test_the_network_is_written_in_its_mobile_form(artefacts):
    ops = list_onnx_ops(artefacts["onnx"])
    assert ops.count("Conv") > 2  # more than layers: one a frame of a kernel
    assert ops[-1] == "Softmax"


def test_the_exact_gelu_and_half_precision(card, tmp_path):
    inputs = keras.Input((2, 4, 4, 3))
    x = keras.layers.Rescaling(1 / 100)(inputs)
    x = keras.layers.Conv3D(4, 1, dtype="mixed_bfloat16")(x)
    x = keras.layers.Activation("gelu", dtype="float32")(x)
    x = keras.layers.GlobalAveragePooling3D(dtype="float32")(x)
    x = keras.layers.Dense(3, activation="softmax", dtype="float32")(x)
    model = keras.Model(inputs, x)
    path = export_onnx(model, tmp_path / "model.onnx", card)
    assert "Erf" in list_onnx_ops(path)
    clips = np.random.default_rng(0).uniform(0, 255, (2, 2, 4, 4, 3))
    clips = clips.astype("float32")
    found = load_artefact(path).predict(clips)
    # bfloat16 has eight bits of precision.
    np.testing.assert_allclose(found, model(clips), atol=2e-2, rtol=0)


def test_another_ending_is_refused(model, card, tmp_path):
    with pytest.raises(ValueError, match=r"must end in '\.onnx'"):
        export_onnx(model, tmp_path / "model.pb", card)
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_it_is_named(model, card, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install kvideo\[onnx\]"):
        export_onnx(model, tmp_path / "model.onnx", card)
    assert list(tmp_path.iterdir()) == []
