import itertools

import keras
import numpy as np
import pytest
from keras import ops

from kvideo.layers import DirectionalTemporalConv
from kvideo.layers.directional_temporal_conv import mix_frames, visible
from tests.support.contract import check_layer_contract
from tests.support.convolutions import draw
from tests.support.gradients import value_and_gradients

# The running means of 1, 2, 3, 6, and those of 6, 3, 2, 1.
RAMP = np.array([1.0, 2.0, 3.0, 6.0], "float32").reshape(1, 4, 1, 1, 1)
FORWARD = [1, 1.5, 2, 3]
BACKWARD = [6, 4.5, 11 / 3, 3]


def run(layer, x):
    return ops.convert_to_numpy(layer(x))


def test_contract():
    (x,) = draw((2, 4, 3, 2, 5))
    check_layer_contract(
        DirectionalTemporalConv(
            frames=6,
            directions="both",
            weight_range=(-0.5, 2),
            backward_order="first_last",
            kernel_initializer="random_normal",
        ),
        x,
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"directions": "forward"}, FORWARD),
        ({"frames": 8}, FORWARD + BACKWARD),
        (
            {"frames": 8, "backward_order": "first_last"},
            FORWARD + BACKWARD[::-1],
        ),
        ({"directions": "none"}, [3, 3, 3, 3]),
        # Half the steps for each direction: they see 2 and 4 frames.
        ({}, [1.5, 3, 4.5, 3]),
    ],
)
def test_equal_weights_are_running_means(arguments, expected):
    layer = DirectionalTemporalConv(
        weight_range=None, kernel_initializer="zeros", **arguments
    )
    np.testing.assert_allclose(run(layer, RAMP).ravel(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("length", "steps", "seen"),
    [
        (4, 2, [2, 4]),
        (8, 4, [2, 4, 6, 8]),
        (4, 8, [1, 1, 2, 2, 3, 3, 4, 4]),
        # The rescaled triangle would give 2, 5, 7 and 3: not the whole clip.
        (8, 3, [3, 6, 8]),
        (4, 1, [4]),
        (5, 5, [1, 2, 3, 4, 5]),
    ],
)
def test_what_each_step_sees(length, steps, seen):
    rows = visible(steps, length)
    np.testing.assert_array_equal(rows.sum(axis=1), seen)
    # From the start, without gaps.
    assert (np.diff(rows.astype(int), axis=1) <= 0).all()


@pytest.mark.parametrize("weight_range", [(-1, 1), None])
@pytest.mark.parametrize("frames", [4, 6, 12])
def test_no_gradient_from_hidden_frames(weight_range, frames):
    """Steps do not depend on hidden frames at all; they do on all others."""
    length = 6
    (x,) = draw((1, length, 1, 1, 3))
    layer = DirectionalTemporalConv(
        frames, weight_range=weight_range, kernel_initializer="random_normal"
    )
    layer.build(x.shape)
    half = visible(frames // 2, length)
    seen = np.concatenate([half, half[:, ::-1]])
    for step in range(frames):
        dy = np.zeros((1, frames, 1, 1, 3), "float32")
        dy[0, step] = 1
        _, dx = value_and_gradients(layer, dy, x)
        hidden = dx[0, ~seen[step]]
        assert (hidden == 0).all()
        assert (dx[0, seen[step]] != 0).all()


def test_weights_cover_the_range_row_by_row():
    # A row of two weights that are almost equal covers less of it.
    keras.utils.set_random_seed(1)
    layer = DirectionalTemporalConv(
        directions="forward", weight_range=(-1, 1), kernel_initializer="normal"
    )
    layer.build((None, 5, 2, 2, 7))
    weights = ops.convert_to_numpy(layer.mixing_weights())
    assert weights.shape == (7, 5, 5)
    np.testing.assert_array_equal(weights[:, 0], [[1, 0, 0, 0, 0]] * 7)
    for row in range(1, 5):
        part = weights[:, row, : row + 1]
        np.testing.assert_allclose(part.min(axis=1), -1, atol=1e-6)
        np.testing.assert_allclose(part.max(axis=1), 1, atol=1e-3)
        assert not weights[:, row, row + 1 :].any()


def test_range_of_close_and_of_far_weights_against_float64():
    """Rows of nearly equal weights keep their digits; far ones are finite."""
    rng = np.random.default_rng(0)
    for spread in (1e-4, 1.0, 300.0):
        layer = DirectionalTemporalConv(directions="none")
        layer.build((None, 4, 2, 2, 3))
        kernel = rng.normal(0, spread, (3, 4, 4)).astype("float32")
        layer.kernel.assign(kernel)
        w = np.exp(kernel.astype("float64") - kernel.max(axis=2, keepdims=True))
        low, high = (f(w, axis=2, keepdims=True) for f in (np.min, np.max))
        # The constant that keeps equal rows finite.
        share = (w - low) / (high - low + 1e-6)
        found = ops.convert_to_numpy(layer.mixing_weights())
        np.testing.assert_allclose(found, 2 * share - 1, atol=1e-5)


def test_softmax_rows_add_up_to_one():
    layer = DirectionalTemporalConv(weight_range=None)
    layer.build((None, 6, 2, 2, 4))
    weights = ops.convert_to_numpy(layer.mixing_weights())
    np.testing.assert_allclose(weights.sum(axis=2), 1, rtol=1e-6)


def test_equal_weights_stay_finite_in_a_range():
    layer = DirectionalTemporalConv(kernel_initializer="zeros")
    (x,) = draw((1, 4, 2, 2, 3))
    assert np.isfinite(run(layer, x)).all()


def test_backward_is_forward_of_the_flipped_clip():
    (x,) = draw((2, 5, 2, 3, 4))
    layer = DirectionalTemporalConv(10)
    layer.build(x.shape)
    layer.backward_kernel.assign(layer.kernel)
    y, flipped = run(layer, x), run(layer, x[:, ::-1])
    np.testing.assert_allclose(y[:, 5:], flipped[:, :5], rtol=1e-5, atol=1e-6)
    assert np.abs(y[:, 5:] - y[:, :5]).max() > 0.1


def test_directions_do_not_start_as_mirror_images():
    layer = DirectionalTemporalConv()
    layer.build((None, 4, 2, 2, 3))
    kernels = map(ops.convert_to_numpy, (layer.kernel, layer.backward_kernel))
    first, second = kernels
    assert np.abs(first - second).max() > 1e-3


def test_channels_do_not_mix():
    (x,) = draw((1, 4, 2, 2, 3))
    layer = DirectionalTemporalConv()
    before = run(layer, x)
    x[..., 1] += 1
    changed = (run(layer, x) != before).any(axis=(0, 1, 2, 3))
    np.testing.assert_array_equal(changed, [False, True, False])


def test_mix_frames_against_loops():
    x, weights = draw((2, 4, 3, 2, 5), (5, 6, 4))
    expected = np.zeros((2, 6, 3, 2, 5))
    for channel, step, frame in itertools.product(range(5), range(6), range(4)):
        expected[:, step, ..., channel] += (
            weights[channel, step, frame] * x[:, frame, ..., channel]
        )
    y = ops.convert_to_numpy(mix_frames(x, weights))
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "frames"),
    [
        ({}, [1, 3, 2, 0]),
        ({"backward_order": "first_last"}, [1, 3, 0, 2]),
        ({"directions": "forward"}, [0, 1, 2, 3]),
        ({"directions": "none"}, [3, 3, 3, 3]),
    ],
)
def test_last_frame_that_each_step_sees(arguments, frames):
    layer = DirectionalTemporalConv(**arguments)
    layer.build((None, 4, 2, 2, 3))
    np.testing.assert_array_equal(layer.last_seen(), frames)
    weights = ops.convert_to_numpy(layer.mixing_weights())
    seen = (weights != 0).any(axis=0)
    assert seen[np.arange(4), frames].all()


def test_parameters_and_unknown_size():
    layer = DirectionalTemporalConv()
    y = layer(keras.Input((8, None, None, 16)))
    assert tuple(y.shape) == (None, 8, None, None, 16)
    # Two kernels of C x T'/2 x T.
    assert layer.count_params() == 2 * 16 * 4 * 8


@pytest.mark.parametrize(
    ("arguments", "shape", "message"),
    [
        ({}, (None, 1, 4, 4, 8), "no order"),
        ({}, (None, None, 4, 4, 8), "known number of frames"),
        ({}, (None, 5, 4, 4, 8), "must be even"),
        ({}, (None, 4, 4, 8), "rank 5"),
        ({"directions": "backward"}, None, "directions"),
        ({"backward_order": "random"}, None, "backward_order"),
        ({"frames": 0}, None, "positive integer"),
        ({"weight_range": (1, -1)}, None, "low < high"),
    ],
)
def test_errors(arguments, shape, message):
    with pytest.raises(ValueError, match=message):
        DirectionalTemporalConv(**arguments).build(shape)
