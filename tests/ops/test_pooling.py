import numpy as np
import pytest
from keras import ops

from kvideo.ops import avg_pool3d, lowering, max_pool3d
from tests.support.convolutions import draw, triple

CASES = [
    # pool_size, strides, padding
    (2, None, 0),
    ((1, 3, 3), (1, 2, 2), (0, 1, 1)),
    (3, 2, 1),
    ((3, 1, 1), (1, 1, 1), (1, 0, 0)),
    ((1, 1, 1), (2, 2, 2), 0),
]


def pool_numpy(x, pool_size, strides, padding, fill, reduce):
    window = triple(pool_size)
    steps = triple(pool_size if strides is None else strides)
    widths = [(0, 0), *((p, p) for p in triple(padding)), (0, 0)]
    x = np.pad(x, widths, constant_values=fill)
    views = np.lib.stride_tricks.sliding_window_view(x, window, (1, 2, 3))
    views = views[:, :: steps[0], :: steps[1], :: steps[2]]
    return reduce(views, axis=(-3, -2, -1))


@pytest.mark.parametrize("form", ["train", "mobile"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_equals_definition(case, form):
    x = draw((2, 4, 6, 7, 3))[0] - 5  # below zero: padding must not win
    with lowering(form):
        largest = ops.convert_to_numpy(max_pool3d(x, *case))
        mean = ops.convert_to_numpy(avg_pool3d(x, *case))
    np.testing.assert_array_equal(
        largest, pool_numpy(x, *case, -np.inf, np.max)
    )
    expected = pool_numpy(x, *case, 0, np.mean)
    np.testing.assert_allclose(mean, expected, atol=1e-5)


@pytest.mark.parametrize("form", ["train", "mobile"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_average_of_what_lies_in_the_clip(case, form):
    x = draw((2, 4, 6, 7, 3))[0]
    with lowering(form):
        mean = ops.convert_to_numpy(avg_pool3d(x, *case, count_padding=False))
    total = pool_numpy(x, *case, 0, np.sum)
    count = pool_numpy(np.ones_like(x), *case, 0, np.sum)
    np.testing.assert_allclose(mean, total / count, atol=1e-5)


def test_errors():
    (x,) = draw((1, 2, 4, 4, 2))
    with pytest.raises(ValueError, match="at most half"):
        max_pool3d(x, 2, padding=2)
    with pytest.raises(ValueError, match="axis T"):
        avg_pool3d(x, 3)
