import numpy as np
import pytest

from kvideo.data import transforms
from kvideo.data.resize import resize

SIZES = [(13, 17, 8, 8), (13, 17, 29, 31), (9, 9, 9, 9), (7, 5, 1, 12)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", transforms.INTERPOLATIONS)
def test_as_tensorflow(interpolation, size):
    rng = np.random.default_rng(0)
    frames = rng.integers(256, size=(3, *size[:2], 3), dtype=np.uint8)
    ours = resize(frames, size[2:], interpolation)
    assert ours.dtype == np.float32
    theirs = transforms.resize(frames, size[2:], interpolation)
    if interpolation == "area":
        # TensorFlow rounds the shares of the pixels.
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-3)
    else:
        np.testing.assert_array_equal(ours, theirs)


def test_by_hand():
    frames = np.array([[0, 100]], np.uint8)[None, :, :, None]
    line = resize(frames, (1, 4))[0, 0, :, 0]
    assert line.tolist() == [0, 25, 75, 100]
    assert resize(frames, (1, 1), "area").item() == 50
    doubled = resize(frames, (2, 4), "nearest")[0, :, :, 0]
    assert doubled.tolist() == [[0, 0, 100, 100]] * 2
