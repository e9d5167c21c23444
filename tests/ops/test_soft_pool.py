import keras
import numpy as np
import pytest
from keras import ops

from kvideo.ops import fill_windows, soft_pool
from kvideo.ops.windows import covering_length
from tests.support.convolutions import draw, triple
from tests.support.gradients import assert_all_close, value_and_gradients

CASES = [
    # pool_size, strides, length of each axis
    ((1, 2, 2), None, (3, 6, 8)),
    ((1, 2, 2), None, (2, 5, 7)),
    (2, None, (5, 4, 3)),
    (3, 2, (4, 7, 6)),
    ((2, 3, 1), (1, 2, 3), (5, 6, 8)),
    ((1, 2, 2), None, (1, 1, 1)),
]


def windows(axis):
    """Positions of each window of an axis, the last repeated."""
    length, size, stride = axis
    starts = range(0, length, stride)
    covered = [s for s in starts if s == 0 or s - stride + size < length]
    return [np.minimum(range(s, s + size), length - 1) for s in covered]


def definition(x, pool_size, strides):
    """Eq. 5 window by window in float64, and the gradient of its sum."""
    x = np.asarray(x, "float64")
    window = triple(pool_size)
    steps = triple(pool_size if strides is None else strides)
    axes = list(zip(x.shape[1:4], window, steps, strict=True))
    t, h, w = map(windows, axes)
    y = np.zeros((len(x), len(t), len(h), len(w), x.shape[-1]))
    gradient = np.zeros_like(x)
    for place in np.ndindex(y.shape):
        b, i, j, k, c = place
        index = np.ix_([b], t[i], h[j], w[k], [c])
        values = x[index]
        weights = np.exp(values - values.max())
        weights /= weights.sum()
        y[place] = (weights * values).sum()
        # Repeated positions get their share each time.
        np.add.at(gradient, index, weights * (1 + values - y[place]))
    return y, gradient


@pytest.mark.parametrize("case", CASES, ids=str)
def test_value_and_gradient_are_the_closed_form(case):
    pool_size, strides, sizes = case
    x = draw((2, *sizes, 3))[0] * 3
    y, gradient = definition(x, pool_size, strides)
    found = value_and_gradients(
        lambda x: soft_pool(x, pool_size, strides),
        np.ones(y.shape, "float32"),
        x,
    )
    assert_all_close(found, [y, gradient])
    steps = triple(strides or pool_size)
    axes = zip(sizes, triple(pool_size), steps, strict=True)
    assert y.shape[1:4] == tuple(covering_length(*axis) for axis in axes)


def test_gradient_is_the_numerical_one():
    x = draw((1, 2, 3, 4, 2))[0]
    step = 1e-6
    numerical = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        moved = [x.astype("float64"), x.astype("float64")]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (definition(m, 2, None)[0].sum() for m in moved)
        numerical[place] = (up - down) / (2 * step)
    _, gradient = value_and_gradients(
        lambda x: soft_pool(x, 2), np.ones((1, 1, 2, 2, 2), "float32"), x
    )
    np.testing.assert_allclose(gradient, numerical, atol=1e-5)


def window(*values, dtype="float32"):
    return np.array(values, dtype).reshape(1, 1, 2, 2, 1)


def test_worked_example():
    """(e + 2 e^2 + 3 e^3 + 4 e^4) / (e + e^2 + e^3 + e^4)."""
    y = soft_pool(window(1, 2, 3, 4), (1, 2, 2))
    np.testing.assert_allclose(np.ravel(y), 3.492653, rtol=1e-6)
    np.testing.assert_array_equal(soft_pool(window(*4 * [7]), (1, 2, 2)), 7)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("shift", [0, 1e4, -1e4])
def test_large_values(shift, dtype):
    """Adding a constant adds it to the result, and leaves the gradient."""
    x = window(8, 16, 0, -8) + shift
    y, gradient = value_and_gradients(
        lambda x: soft_pool(ops.cast(x, dtype), (1, 2, 2)),
        np.ones((1, 1, 1, 1, 1), dtype),
        x,
    )
    expected, closed_form = definition(x, (1, 2, 2), None)
    np.testing.assert_allclose(y, expected, rtol=1e-3)
    np.testing.assert_allclose(gradient, closed_form, atol=2e-3)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_values_at_both_ends_of_the_type(dtype):
    """Their distance is no number of it; the largest one is the result."""
    top = {"float32": 3e38, "float16": 6e4, "bfloat16": 3e38}[dtype]
    x = window(top, -top, 0, -top)
    y, gradient = value_and_gradients(
        lambda x: ops.cast(soft_pool(ops.cast(x, dtype), (1, 2, 2)), "float32"),
        np.ones((1, 1, 1, 1, 1), "float32"),
        x,
    )
    np.testing.assert_allclose(np.ravel(y), top, rtol=1e-2)
    np.testing.assert_array_equal(np.ravel(gradient), [1, 0, 0, 0])


def test_one_window_far_below_the_others():
    """One maximum for the channel would make 0 / 0 of the second window."""
    x = np.array([3e4, 3e4, -3e4, -3e4 + 2], "float32").reshape(1, 1, 1, 4, 1)
    y, gradient = value_and_gradients(
        lambda x: soft_pool(x, (1, 1, 2)), np.ones((1, 1, 1, 2, 1), "f4"), x
    )
    expected, closed_form = definition(x, (1, 1, 2), None)
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    np.testing.assert_allclose(gradient, closed_form, atol=1e-6)


def test_between_mean_and_maximum():
    (x,) = draw((2, 2, 4, 4, 3))
    y = np.asarray(ops.convert_to_numpy(soft_pool(x, 2)))
    tiles = x.reshape(2, 1, 2, 2, 2, 2, 2, 3)
    assert (y <= tiles.max(axis=(2, 4, 6))).all()
    assert (y >= tiles.mean(axis=(2, 4, 6))).all()


def test_filled_windows():
    x = np.arange(5.0).reshape(1, 1, 1, 5, 1)
    filled = fill_windows(x, (1, 1, 3), (1, 1, 3))
    assert np.ravel(filled).tolist() == [0, 1, 2, 3, 4, 4]
    # A stride of 3 jumps over the last position.
    cut = fill_windows(x, (1, 1, 1), (1, 1, 3))
    assert np.ravel(cut).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("axis", "length"),
    [
        ((5, 2, 2), 3),
        ((6, 2, 2), 3),
        ((1, 2, 2), 1),
        ((6, 1, 2), 3),
        ((7, 3, 2), 3),
        ((8, 3, 2), 4),
        ((None, 2, 2), None),
    ],
)
def test_covering_length(axis, length):
    assert covering_length(*axis) == length


def test_errors():
    (x,) = draw((1, 2, 4, 4, 2))
    with pytest.raises(ValueError, match="pool_size=0"):
        soft_pool(x, 0)
    with pytest.raises(ValueError, match="Axis H is unknown"):
        soft_pool(keras.Input((2, None, 4, 2)), 2)
