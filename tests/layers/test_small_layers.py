"""Pooling, resizing, frame pooling and the Quiet input."""

import keras
import numpy as np
import pytest

from kvideo.layers import (
    AveragePool3D,
    FramePool,
    MaxPool3D,
    QuietInput,
    ResizeClip,
)
from tests.support.contract import check_layer_contract


def clip(frames=6, size=7, channels=2):
    rng = np.random.default_rng(0)
    shape = (2, frames, size, size, channels)
    return rng.normal(size=shape).astype("float32")


@pytest.mark.parametrize("layer", [MaxPool3D, AveragePool3D])
def test_pool_contract(layer):
    check_layer_contract(layer((1, 3, 3), (1, 2, 2), (0, 1, 1)), clip())
    check_layer_contract(layer((2, 1, 1)), clip())


def test_average_without_its_padding():
    x = clip()
    layer = AveragePool3D((1, 3, 3), 1, (0, 1, 1), count_padding=False)
    out = check_layer_contract(layer, x)
    theirs = keras.layers.AveragePooling3D((1, 3, 3), 1, padding="same")
    np.testing.assert_allclose(out, np.asarray(theirs(x)), atol=1e-6)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (MaxPool3D, keras.layers.MaxPooling3D),
        (AveragePool3D, keras.layers.AveragePooling3D),
    ],
)
def test_pool_equals_keras_without_padding(ours, theirs):
    x = clip()
    np.testing.assert_allclose(
        np.asarray(ours((2, 3, 3), (2, 2, 2))(x)),
        np.asarray(theirs((2, 3, 3), (2, 2, 2))(x)),
        atol=1e-6,
    )


def test_padding_never_wins_a_maximum():
    x = -np.ones((1, 1, 4, 4, 1), "float32")
    out = MaxPool3D((1, 3, 3), (1, 2, 2), (0, 1, 1))(x)
    np.testing.assert_array_equal(np.asarray(out), -1)


def test_padding_counts_as_zeros_in_an_average():
    x = np.ones((1, 1, 4, 4, 1), "float32")
    out = AveragePool3D((1, 3, 3), (1, 2, 2), (0, 1, 1))(x)
    expected = np.array([[4, 6], [6, 9]]) / 9
    np.testing.assert_allclose(np.asarray(out)[0, 0, :, :, 0], expected)


def test_padding_of_more_than_half_the_window_is_refused():
    with pytest.raises(ValueError, match="half"):
        MaxPool3D((1, 3, 3), padding=(0, 2, 2))


def test_resize_contract():
    check_layer_contract(ResizeClip(height=4, width=9), clip())
    check_layer_contract(ResizeClip(height=4, width=9, frames=3), clip())
    for sizes in ((0, 3), (3, 3, 0)):
        with pytest.raises(ValueError, match="an integer of at least 1"):
            ResizeClip(*sizes)


def test_frame_pool():
    x = clip()
    out = check_layer_contract(FramePool(), x)
    np.testing.assert_allclose(out, x.mean((2, 3)), atol=1e-6)


@pytest.mark.parametrize("mode", ["complement", "first_frame", "average"])
def test_quiet_input_contract(mode):
    check_layer_contract(QuietInput(mode), clip(6), clip(2))


def test_quiet_input_by_hand():
    x = np.array([1.0, 2.0, 6.0]).reshape(1, 3, 1, 1, 1)
    busy = np.array([0.5]).reshape(1, 1, 1, 1, 1)
    values = {
        mode: float(np.asarray(QuietInput(mode)([x, busy])).item())
        for mode in ("complement", "first_frame", "average")
    }
    assert values == {"complement": 2.5, "first_frame": 1.0, "average": 3.0}


def test_quiet_input_needs_three_frames_for_each_busy_one():
    with pytest.raises(ValueError, match="three frames"):
        QuietInput()([clip(6), clip(3)])
