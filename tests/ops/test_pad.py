import numpy as np
import pytest
from keras import ops

from kvideo.ops import pad_clip
from tests.support.convolutions import draw
from tests.support.gradients import assert_all_close, value_and_gradients

WIDTHS = (1, 2, 3)


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
def test_equals_numpy(mode):
    (x,) = draw((2, 3, 4, 5, 2))
    widths = [(0, 0), *((p, p) for p in WIDTHS), (0, 0)]
    y = ops.convert_to_numpy(pad_clip(x, WIDTHS, mode))
    np.testing.assert_array_equal(y, np.pad(x, widths, mode=mode))


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
@pytest.mark.parametrize("clip", [(1, 3, 4, 5, 2), (1, 2, 3, 4, 1)])
def test_gradient_is_the_transpose(mode, clip):
    # Padding copies positions: each output belongs to one input, and the
    # gradient of an input is the sum over the outputs that it became.
    place = np.arange(1.0, 1 + np.prod(clip)).reshape(clip).astype("float32")
    copies = ops.convert_to_numpy(pad_clip(place, WIDTHS, mode))
    (dy,) = draw(copies.shape)
    sums = np.bincount(copies.astype(int).ravel(), weights=dy.ravel())
    expected = sums[1:].reshape(clip)
    _, dx = value_and_gradients(lambda x: pad_clip(x, WIDTHS, mode), dy, place)
    assert_all_close([dx], [expected])


def test_errors():
    (x,) = draw((1, 3, 4, 4, 2))
    with pytest.raises(ValueError, match="axis T"):
        pad_clip(x, (3, 0, 0), "reflect")
    with pytest.raises(ValueError, match="mode='wrap'"):
        pad_clip(x, 1, "wrap")
    with pytest.raises(ValueError, match="padding="):
        pad_clip(x, (1, 1))
