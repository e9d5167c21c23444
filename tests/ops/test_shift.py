import numpy as np
import pytest
from keras import ops

from kvideo.ops import lowering, shift_frames
from tests.support.convolutions import draw
from tests.support.gradients import value_and_gradients

# TSM with T=3, C=8 and one channel each way on the values 1..24.
SHIFTED = np.array(
    [
        [9, 0, 3, 4, 5, 6, 7, 8],
        [17, 2, 11, 12, 13, 14, 15, 16],
        [0, 10, 19, 20, 21, 22, 23, 24],
    ]
).reshape(1, 3, 1, 1, 8)


def test_by_hand():
    x = np.arange(1.0, 25.0, dtype="float32").reshape(1, 3, 1, 1, 8)
    y = ops.convert_to_numpy(shift_frames(x, fold=1))
    np.testing.assert_array_equal(y, SHIFTED)


def test_gradient_by_hand():
    # The channel that came from the next frame sends its gradient there.
    dy = np.arange(1.0, 25.0, dtype="float32").reshape(1, 3, 1, 1, 8)
    expected = dy.reshape(3, 8).copy()
    expected[:, 0] = [0, 1, 9]
    expected[:, 1] = [10, 18, 0]
    _, dx = value_and_gradients(lambda x: shift_frames(x, 1), dy, dy * 0)
    np.testing.assert_array_equal(dx.reshape(3, 8), expected)


@pytest.mark.parametrize("form", ["train", "mobile"])
def test_online_by_hand(form):
    x = np.arange(1.0, 25.0, dtype="float32").reshape(1, 3, 1, 1, 8)
    expected, gradient = x.copy(), x.copy()
    # Channel 1 takes the previous frame, and its gradient goes back there.
    expected[..., 1] = np.reshape([0, 2, 10], (1, 3, 1, 1))
    gradient[..., 1] = np.reshape([10, 18, 0], (1, 3, 1, 1))
    with lowering(form):
        y, dx = value_and_gradients(
            lambda x: shift_frames(x, 1, online=True), x, x
        )
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(dx, gradient)


@pytest.mark.parametrize("clip", [(2, 1, 3, 2, 4), (1, 4, 2, 2, 5)])
def test_clips_do_not_mix(clip):
    (x,) = draw(clip)
    alone = ops.convert_to_numpy(shift_frames(x[:1], 2))
    together = ops.convert_to_numpy(shift_frames(x, 2))
    np.testing.assert_array_equal(together[:1], alone)
    assert not together[0, -1, :, :, :2].any()


def test_no_channels_is_identity():
    (x,) = draw((1, 3, 2, 2, 4))
    np.testing.assert_array_equal(shift_frames(x, 0), x)


def test_errors():
    (x,) = draw((1, 3, 2, 2, 4))
    with pytest.raises(ValueError, match="fold=3"):
        shift_frames(x, 3)
    with pytest.raises(ValueError, match="axes"):
        shift_frames(x[0], 1)
