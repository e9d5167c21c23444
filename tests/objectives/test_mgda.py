"""The properties that any MGDA has, and the thesis' case of two losses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.objectives import gramian, min_norm_weights
from kvideo.objectives.mgda import _frank_wolfe, _normalized

SIZES = [(2, 3), (2, 1000), (3, 5), (5, 100), (4, 2), (8, 20)]


def draw(losses, size, seed=0):
    shape = (losses, size)
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


# Steps one by one would take seconds where the gradients cancel each other.
solve = tf.function(min_norm_weights)


def weights_of(gradients):
    return solve(tf.constant(products(gradients))).numpy()


def products(gradients):
    gradients = np.asarray(gradients, "float32")
    return gradients @ gradients.T


@pytest.mark.parametrize(
    ("first", "second", "alpha"),
    [
        ((1, 0), (0, 1), 0.5),
        ((2, 0), (0, 1), 0.2),
        ((1, 0), (3, 0), 1.0),
        ((3, 0), (1, 0), 0.0),
        ((1, 0), (-1, 0), 0.5),
        ((1, 2), (1, 2), 0.5),
        ((0, 0), (0, 0), 0.5),
        ((0, 0), (1, 2), 1.0),
    ],
)
def test_two_losses_by_hand(first, second, alpha):
    np.testing.assert_allclose(
        weights_of([first, second]), [alpha, 1 - alpha], atol=1e-6
    )


@pytest.mark.parametrize(("losses", "size"), SIZES)
@pytest.mark.parametrize("seed", range(3))
def test_average_is_the_shortest_and_conflicts_with_none(losses, size, seed):
    """KKT: equal products with all gradients in use, no smaller one."""
    gradients = draw(losses, size, seed)
    weights = weights_of(gradients)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(), 1, atol=1e-5)
    average = weights @ gradients
    along = gradients @ average
    square = average @ average
    tolerance = 1e-4 * products(gradients).max()
    assert (along >= square - tolerance).all()
    np.testing.assert_allclose(
        along[weights > 1e-3], square, rtol=0, atol=tolerance
    )


@pytest.mark.parametrize(("losses", "size"), [(2, 3), (3, 5), (5, 100)])
def test_order_of_the_losses_does_not_matter(losses, size):
    gradients = draw(losses, size)
    order = np.random.default_rng(1).permutation(losses)
    np.testing.assert_allclose(
        weights_of(gradients[order]), weights_of(gradients)[order], atol=1e-3
    )


@pytest.mark.parametrize("losses", [2, 3])
@pytest.mark.parametrize("scale", [1e-10, 1e-5, 1, 1e5, 1e15])
def test_unit_of_the_losses_does_not_matter(losses, scale):
    gradients = draw(losses, 5)
    expected = weights_of(gradients)
    np.testing.assert_allclose(
        weights_of(gradients * np.float32(scale)), expected, atol=1e-4
    )


def test_a_small_loss_beside_large_ones_gets_all():
    """The shortest average is next to the shortest gradient."""
    gradients = draw(3, 4) * np.array([[1e4], [1.0], [1e4]], "float32")
    weights = weights_of(gradients)
    assert weights[1] > 0.999
    average = weights @ gradients
    assert average @ average <= products(gradients)[1, 1]


@pytest.mark.parametrize("seed", range(5))
def test_frank_wolfe_agrees_with_the_closed_form(seed):
    square = keras.ops.convert_to_tensor(products(draw(2, 3, seed)))
    np.testing.assert_allclose(
        _frank_wolfe(_normalized(square), 500),
        min_norm_weights(square),
        atol=1e-4,
    )


def test_three_losses_by_hand():
    """Orthogonal gradients get weights that fall with their squares."""
    weights = weights_of(np.diag([1.0, 2.0, 3.0]))
    inverse = 1 / np.array([1.0, 4.0, 9.0])
    np.testing.assert_allclose(weights, inverse / inverse.sum(), atol=1e-4)


@pytest.mark.parametrize("losses", [2, 3])
def test_compiled(losses):
    square = products(draw(losses, 4))
    compiled = tf.function(min_norm_weights, jit_compile=True)
    found = compiled(tf.constant(square))
    np.testing.assert_allclose(found, min_norm_weights(square), atol=1e-5)


def test_half_precision_is_solved_in_float32():
    square = keras.ops.cast(products(draw(2, 4)), "float16")
    assert min_norm_weights(square).dtype == "float32"


def test_gramian_of_several_weights():
    first = [np.ones((2, 3)), np.array([2.0])]
    second = [np.full((2, 3), -1.0), np.array([5.0])]
    found = gramian([[*map(keras.ops.convert_to_tensor, first)], second])
    np.testing.assert_allclose(found, [[10, 4], [4, 31]])
    assert found.dtype == "float32"


@pytest.mark.parametrize("shape", [(2,), (2, 3), (1, 1)])
def test_no_gramian(shape):
    with pytest.raises(ValueError, match="must be \\(m, m\\)"):
        min_norm_weights(keras.ops.ones(shape))


def test_gradients_of_different_weights():
    with pytest.raises(ValueError, match="lists of \\[1, 2\\] tensors"):
        gramian([[keras.ops.ones(2)], [keras.ops.ones(2)] * 2])
