"""Networks that come without a card."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.export import (
    default_card,
    export_onnx,
    export_saved_model,
    export_tflite,
    load_artefact,
)


@pytest.mark.parametrize(
    "export, name",
    [
        (export_tflite, "own.tflite"),
        (export_onnx, "own.onnx"),
        (export_saved_model, "own"),
    ],
)
def test_the_network_alone_is_enough(tmp_path, model, clips, export, name):
    path = export(model, tmp_path / name)
    artefact = load_artefact(path)
    assert artefact.card.class_names == ("0", "1", "2")
    np.testing.assert_allclose(
        artefact.predict(clips), model.predict(clips, verbose=0), atol=1e-5
    )


def with_own_head(name, **overrides):
    backbone = kvideo.create_model(
        name, include_top=False, pooling="avg", **overrides
    )
    clips = keras.Input(backbone.input_shape[1:])
    scores = keras.layers.Dense(4, "softmax")(backbone(clips))
    return keras.Model(clips, scores, name="mine")


def test_a_network_inside_says_how_its_clips_are_drawn():
    card = default_card(with_own_head("tsm_resnet_nano"), list("abcd"))
    assert (card.model, card.class_names) == ("mine", tuple("abcd"))
    spec = card.clip_spec
    assert (spec["sampler"], spec["frame_stride"]) == ("dense", 3)
    assert (spec["num_frames"], spec["frame_size"]) == (8, [64, 64])


def test_a_foreign_network_sees_the_whole_video(model):
    spec = default_card(model).clip_spec
    assert (spec["sampler"], spec["num_frames"]) == ("segment", 6)
    assert spec["modality"] == "rgb"


class OwnClass(keras.Model):
    def __init__(self):
        super().__init__()
        self.network = with_own_head("tsn_resnet_nano")

    def call(self, clips, training=None):
        return self.network(clips, training=training)


def test_a_model_of_a_class_of_ones_own(tmp_path):
    own, clips = OwnClass(), np.full((1, 8, 64, 64, 3), 90, "float32")
    expected = own(clips)
    artefact = load_artefact(export_tflite(own, tmp_path / "own.tflite"))
    np.testing.assert_allclose(artefact.predict(clips), expected, atol=1e-5)


def test_what_was_never_built_is_refused(tmp_path):
    with pytest.raises(ValueError, match="built network with one input"):
        export_tflite(keras.Sequential([]), tmp_path / "x.tflite")
