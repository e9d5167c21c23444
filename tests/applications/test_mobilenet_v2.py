import numpy as np
import pytest

import kvideo
from kvideo.applications import MobileNetV2TSM


@pytest.mark.parametrize(
    ("classes", "trainable"), [(174, 2_446_766), (1000, 3_504_872)]
)
def test_published_size(classes, trainable):
    counted = kvideo.count(MobileNetV2TSM(classes=classes))
    assert counted.trainable_params == trainable
    if classes == 174:
        assert round(counted.macs / 1e9, 3) == 2.398


def test_tsm_alone_still_means_the_resnet():
    assert kvideo.model_info("tsm").name == "tsm_resnet50"
    info = kvideo.model_info("tsm_mobilenet_v2")
    assert info.builder is MobileNetV2TSM
    assert info.input_shape == (8, 224, 224, 3)


def test_unknown_variant():
    with pytest.raises(ValueError, match="Nearest: mobilenet_v2"):
        MobileNetV2TSM(variant="mobilenet_v3")


def test_logits_are_means_over_frames():
    """Taken apart: features of the clip, each frame classified alone."""
    settings = {"variant": "mobilenet_v2_nano", "classes": 3}
    model = MobileNetV2TSM(classifier_activation=None, **settings)
    features = MobileNetV2TSM(include_top=False, **settings)
    assert features.output.shape[1:] == (8, 2, 2, 192)
    head = len(features.get_weights())
    features.set_weights(model.get_weights()[:head])
    kernel, bias = model.get_weights()[head:]
    x = np.random.default_rng(0).uniform(0, 255, (2, 8, 64, 64, 3))
    frames = features.predict(x, verbose=0).mean((2, 3)) @ kernel + bias
    np.testing.assert_allclose(
        model.predict(x, verbose=0), frames.mean(1), atol=1e-6
    )
