import keras
import numpy as np
import pytest

from kvideo.layers import RGBDifference
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite


def random_clip(frames, channels=3):
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, frames, 4, 5, channels)).astype("float32")


def test_contract():
    check_layer_contract(RGBDifference(3), random_clip(6))


def test_worked_example():
    clip = np.zeros((1, 6, 1, 1, 2), "float32")
    clip[0, :, 0, 0, 0] = [1, 2, 4, 10, 10, 7]
    clip[0, :, 0, 0, 1] = [0, -1, 0, 5, 5, 5]
    out = np.asarray(RGBDifference(3)(clip))[0, :, 0, 0]
    # The two differences of red and green, never across segments.
    assert out.tolist() == [[1, -1, 2, 1], [0, 0, -3, 0]]


def test_differences_of_a_segment_add_up_to_last_less_first():
    clip = random_clip(8)
    out = np.asarray(RGBDifference(4)(clip)).reshape(2, 2, 4, 5, 3, 3)
    np.testing.assert_allclose(
        out.sum(axis=-2), clip[:, 3::4] - clip[:, ::4], atol=1e-6
    )


def test_unknown_sizes():
    shape = RGBDifference(6).compute_output_shape((None, None, None, None, 3))
    assert shape == (None, None, None, None, 15)


@pytest.mark.parametrize("length", [5, 0, None])
def test_a_clip_that_is_no_whole_segments(length):
    with pytest.raises(ValueError, match="T=3 frames"):
        RGBDifference(3).build((None, length, 4, 4, 3))


@pytest.mark.parametrize("frames", [1, 2.0])
def test_too_few_frames_for_a_difference(frames):
    with pytest.raises(ValueError, match="`frames`"):
        RGBDifference(frames)


def test_tflite(tmp_path):
    clips = keras.Input((6, 4, 5, 3))
    x = keras.layers.Flatten()(RGBDifference(3)(clips))
    model = keras.Model(clips, keras.layers.Dense(3, "softmax")(x))
    check_tflite(model, random_clip(6)[:1], tmp_path)
