from collections import Counter

import numpy as np
import pytest

import kvideo
from kvideo.applications import InceptionResNetV2


@pytest.mark.slow
def test_published_size():
    """Parameters for 101 classes, and GMAC a frame, part by part."""
    counted = kvideo.count(InceptionResNetV2(classes=101))
    assert counted.trainable_params == 54_461_701
    assert round(counted.macs / 8e9, 3) == 13.154
    gmac = Counter()
    for row in counted.layers:
        gmac[part_of(row.step)] += row.macs / 8e9
    assert {part: round(value, 3) for part, value in gmac.items() if part} == {
        "stem": 1.341,
        "mixed_5b": 0.327,
        "block35": 1.499,
        "mixed_6a": 1.398,
        "block17": 6.499,
        "mixed_7a": 0.585,
        "block8": 1.300,
        "conv2d_7b": 0.204,
    }


def part_of(step):
    """The table's row that a step's cost belongs to; None for the head."""
    if step.startswith("block"):
        return step.partition("_")[0]
    if step in ("mixed_5b", "mixed_6a", "mixed_7a", "conv2d_7b"):
        return step
    return "stem" if step.startswith("conv2d") else None


def test_names():
    info = kvideo.model_info("inception_resnet")
    assert info.name == "inception_resnet_v2"
    assert info.input_shape == (8, 299, 299, 3)
    model = kvideo.create_model("inception_resnet_v2_nano", classes=2)
    assert model.name == "inception_resnet_v2_nano"


def test_pixels_become_minus_one_to_one():
    model = nano()
    normalize = model.get_layer("normalize")
    np.testing.assert_allclose(
        np.asarray(normalize(np.array([[0.0] * 3, [255.0] * 3]))),
        [[-1] * 3, [1] * 3],
        atol=1e-6,
    )


def test_any_number_of_frames_and_their_order_does_not_matter():
    model = nano(input_shape=(None, 75, 80, 3), classifier_activation=None)
    model.get_layer("logits").kernel.assign(
        np.random.default_rng(1).normal(size=(192, 3))
    )
    x = np.random.default_rng(0).uniform(0, 255, (1, 3, 75, 80, 3))
    each = [model.predict(x[:, t : t + 1], verbose=0) for t in range(3)]
    assert np.ptp(each, axis=0).max() > 1e-3
    np.testing.assert_allclose(
        model.predict(x[:, [2, 0, 1]], verbose=0), np.mean(each, 0), atol=1e-4
    )


def test_small_frames_are_refused():
    with pytest.raises(ValueError, match="too small: mixed_7a"):
        nano(input_shape=(8, 64, 75, 3))


def nano(**arguments):
    return InceptionResNetV2(variant="v2_nano", classes=3, **arguments)
