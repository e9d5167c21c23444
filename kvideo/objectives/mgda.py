"""The multiple-gradient descent algorithm (MGDA): weights of several losses.

Papers: Desideri, "Multiple-gradient descent algorithm (MGDA) for
multiobjective optimization", C. R. Math. 2012; Sener and Koltun, "Multi-Task
Learning as Multi-Objective Optimization", NeurIPS 2018. Huang's thesis,
Eq. 3.16 to 3.18, joins the two losses of its Dynamic Appearance Net so.

Of all averages of the gradients g_1, ..., g_m that the losses have with
respect to the weights they share, the shortest is a step that makes no loss
worse, or zero where there is none. It depends on the gradients through their
inner products alone, so that the solver takes the m x m Gramian.

Decisions:
- The Gramian is divided by its largest diagonal entry first: weights do not
  depend on the unit of the losses, and gradients of norm 1e15 do not overflow.
- Where both of two gradients are the same (||g1 - g2||^2 below 1e-12 of the
  larger squared norm) any weight is right; each gets half.
- More than two: Frank-Wolfe with pairwise steps (Lacoste-Julien and Jaggi,
  NeurIPS 2015), which takes weight from the worst vertex to the best, with the
  closed form of two as its line search. The plain steps of Sener and Koltun
  approach an optimum on a face of the simplex only as 1 / iterations.
"""

import keras
from keras import ops

SAME = 1e-12
# How unequal the products of the average may stay: of its squared norm, and,
# for rounding, of the largest squared norm of a gradient.
TOLERANCE, ROUNDING = 1e-5, 1e-7


def gramian(gradients):
    """Inner products of the gradients of several losses.

    Args:
        gradients: m lists of tensors, each with one tensor for each shared
            weight, in the same order.

    Returns:
        Tensor (m, m), float32.
    Raises:
        ValueError: If the lists are not equally long, or there are none.
    """
    lengths = {len(tensors) for tensors in gradients}
    if len(lengths) != 1:
        raise ValueError(
            "`gradients` must hold one list for each loss, all with one "
            "tensor for each shared weight. Received: lists of "
            f"{[len(tensors) for tensors in gradients]} tensors."
        )
    flat = [
        ops.concatenate(
            [ops.reshape(ops.cast(g, "float32"), (-1,)) for g in tensors]
        )
        for tensors in gradients
    ]
    stacked = ops.stack(flat)
    return ops.matmul(stacked, ops.transpose(stacked))


def min_norm_weights(gramian, iterations=500):
    """Weights of the shortest average of m gradients.

    Args:
        gramian: Tensor (m, m), m >= 2: inner products of the gradients.
        iterations: Largest number of steps for m > 2. Some twenty are usual;
            where the gradients cancel each other it can take them all.

    Returns:
        Tensor (m,), in the Gramian's dtype but at least float32: not
        negative, sum 1. For two it is (alpha, 1 - alpha) of Eq. 3.18.
    Raises:
        ValueError: If the Gramian is not square, or smaller than 2 x 2.
    """
    shape = tuple(gramian.shape)
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] < 2:
        raise ValueError(
            "`gramian` must be (m, m) with m of at least 2, one row for each "
            f"loss. Received: shape={shape}."
        )
    gramian = _normalized(gramian)
    if shape[0] == 2:
        return _two(gramian)
    return _frank_wolfe(gramian, iterations)


def _normalized(gramian):
    """At least float32, the largest squared norm 1 (or all of them 0)."""
    if keras.backend.standardize_dtype(gramian.dtype) != "float64":
        gramian = ops.cast(gramian, "float32")
    largest = ops.max(ops.diagonal(gramian))
    return gramian / ops.where(largest > 0, largest, ops.ones_like(largest))


def _two(gramian):
    """Eq. 3.18."""
    alpha = _line(gramian[1, 1] - gramian[0, 1], _distance(gramian, 0, 1))
    return ops.stack([alpha, 1 - alpha])


def _line(gain, distance):
    """gain / distance in [0, 1]; a half where there is no distance."""
    apart = distance > SAME
    step = gain / ops.where(apart, distance, ops.ones_like(distance))
    return ops.where(apart, ops.clip(step, 0, 1), 0.5)


def _distance(gramian, i, j):
    """||g_i - g_j||^2."""
    return gramian[i, i] + gramian[j, j] - 2 * gramian[i, j]


def _frank_wolfe(gramian, iterations):
    """Pairwise steps from equal weights until no vertex is better."""
    count = gramian.shape[0]

    def unequal(weights):
        products = ops.matmul(gramian, weights)
        best, worst = _vertices(products, weights)
        gap = products[worst] - products[best]
        return gap > ROUNDING + TOLERANCE * ops.sum(products * weights)

    def step(weights):
        products = ops.matmul(gramian, weights)
        best, worst = _vertices(products, weights)
        gain = products[worst] - products[best]
        moved = _line(gain, _distance(gramian, worst, best))
        moved = ops.minimum(moved, weights[worst])
        change = ops.one_hot(best, count) - ops.one_hot(worst, count)
        return (weights + moved * ops.cast(change, weights.dtype),)

    weights = ops.ones((count,), dtype=gramian.dtype) / count
    return ops.while_loop(
        unequal, step, (weights,), maximum_iterations=iterations
    )[0]


def _vertices(products, weights):
    """The gradients that the average agrees with least and most."""
    used = ops.where(
        weights > 0, products, ops.full_like(products, -float("inf"))
    )
    return ops.argmin(products), ops.argmax(used)
