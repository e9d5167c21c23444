import numpy as np
import pytest
from keras import ops

from kvideo.ops import resize_clip
from tests.support.convolutions import draw


def weights(size, new):
    """Half-pixel bilinear weights, (new, size), without antialiasing."""
    matrix = np.zeros((new, size))
    for row in range(new):
        place = np.clip((row + 0.5) * size / new - 0.5, 0, size - 1)
        low = int(place)
        matrix[row, low] += 1 - (place - low)
        matrix[row, min(low + 1, size - 1)] += place - low
    return matrix


@pytest.mark.parametrize("size", [(8, 10), (3, 2), (4, 5), (7, 3)])
@pytest.mark.parametrize("frames", [None, 2, 6])
def test_equals_definition(size, frames):
    (x,) = draw((2, 3, 4, 5, 2))
    expected = np.einsum(
        "bthwc,st,ih,jw->bsijc",
        x,
        weights(3, frames or 3),
        weights(4, size[0]),
        weights(5, size[1]),
    )
    y = ops.convert_to_numpy(resize_clip(x, size, frames))
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_dtype_stays():
    x = ops.ones((1, 2, 4, 4, 1), "bfloat16")
    assert "bfloat16" in str(resize_clip(x, (2, 3), 3).dtype)


def test_errors():
    (x,) = draw((1, 3, 4, 5, 2))
    with pytest.raises(ValueError, match="size="):
        resize_clip(x, (4, 5, 6))
    with pytest.raises(ValueError, match="frames=0"):
        resize_clip(x, (4, 5), frames=0)
