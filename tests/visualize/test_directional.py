import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import CIDC
from kvideo.visualize import (
    activation,
    activation_overlay,
    figure_to_array,
    kernels_figure,
)
from kvideo.visualize.directional import step_frames

CLIP = (4, 32, 32, 3)


@pytest.fixture(scope="module")
def model():
    return CIDC(variant="nano", input_shape=CLIP, classes=3)


def clip():
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, CLIP).astype("float32")


def test_activation_by_hand(model):
    """The sigmoid of the mean over channels, of what the layer gives."""
    layer = model.get_layer("res5_block1_relu1")
    inner = keras.Model(model.input, layer.output)
    features = np.asarray(inner(clip()[None], training=False))[0]
    expected = 1 / (1 + np.exp(-features.mean(axis=-1)))
    maps = activation(model, clip(), layer.name)
    np.testing.assert_allclose(maps, expected, rtol=1e-5)
    assert np.ptp(maps) > 0


def test_overlay_has_the_frames_of_each_step(model):
    parts = activation_overlay(model, clip())
    frames, pictures = parts["backbone"]
    np.testing.assert_array_equal(frames, [0, 1, 2, 3])
    assert pictures.shape == CLIP
    frames, pictures = parts["CIDC"]
    # Two steps from the start (to frames 1 and 3), two from the end.
    np.testing.assert_array_equal(frames, [1, 3, 2, 0])
    assert pictures.dtype == np.uint8


@pytest.mark.parametrize(
    ("options", "frames"),
    [
        ({"directions": "forward"}, [0, 1, 2, 3]),
        ({"directions": "none"}, [0, 1, 2, 3]),
        ({"backward_order": "first_last"}, [1, 3, 0, 2]),
    ],
)
def test_step_frames(options, frames):
    model = CIDC(variant="nano", input_shape=CLIP, classes=3, **options)
    unit = model.get_layer("cidc5_unit2_directional")
    np.testing.assert_array_equal(step_frames(unit), frames)


def test_kernels_show_what_a_step_does_not_see(model):
    figure = kernels_figure(model, channels=3)
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == [
        "channel 0",
        "channel 127",
        "channel 255",
    ]
    drawn = np.asarray(panels[1].images[0].get_array())
    assert drawn.shape == (4, 4)
    # The first step sees the first two frames; weights span [-1, 1].
    np.testing.assert_array_equal(drawn[0] != 0, [True, True, False, False])
    assert drawn.min() == pytest.approx(-1, abs=1e-3)
    assert figure_to_array(figure).std() > 0


def test_errors(model):
    plain = kvideo.create_model("tsn_resnet_nano", classes=3)
    with pytest.raises(ValueError, match="attach_cidc"):
        activation_overlay(plain, clip())
    with pytest.raises(ValueError, match="DirectionalTemporalConv"):
        kernels_figure(model, "cidc5_unit2_conv")
    with pytest.raises(ValueError, match="feature map"):
        activation(model, clip(), "logits")
