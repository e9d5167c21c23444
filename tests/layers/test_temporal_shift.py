import numpy as np
import pytest

from kvideo.layers import TemporalShift
from tests.support.contract import check_layer_contract


def test_contract():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 4, 16))
    layer = TemporalShift(fold_div=4, online=True)
    check_layer_contract(layer, x.astype("float32"))


def test_worked_example():
    x = np.arange(1, 25, dtype="float32").reshape(1, 3, 1, 1, 8)
    expected = [
        [9, 0, 3, 4, 5, 6, 7, 8],
        [17, 2, 11, 12, 13, 14, 15, 16],
        [0, 10, 19, 20, 21, 22, 23, 24],
    ]
    out = np.asarray(TemporalShift()(x)).reshape(3, 8)
    np.testing.assert_array_equal(out, expected)


def test_online_nothing_comes_from_the_next_frame():
    x = np.arange(1, 25, dtype="float32").reshape(1, 3, 1, 1, 8)
    expected = [
        [1, 0, 3, 4, 5, 6, 7, 8],
        [9, 2, 11, 12, 13, 14, 15, 16],
        [17, 10, 19, 20, 21, 22, 23, 24],
    ]
    out = np.asarray(TemporalShift(online=True)(x)).reshape(3, 8)
    np.testing.assert_array_equal(out, expected)


def test_fewer_channels_than_the_fold_stay():
    x = np.random.default_rng(0).normal(size=(1, 3, 2, 2, 4))
    out = np.asarray(TemporalShift(fold_div=8)(x.astype("float32")))
    np.testing.assert_array_equal(out, x.astype("float32"))


def test_share_of_more_than_all_channels_is_refused():
    with pytest.raises(ValueError, match="fold_div"):
        TemporalShift(fold_div=1)


def test_clip_without_a_batch_axis_is_refused():
    with pytest.raises(ValueError, match=r"clip\[None\]"):
        TemporalShift()(np.zeros((3, 4, 4, 8)))
