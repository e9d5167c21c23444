"""Projection of every pixel's course over time onto a few directions.

Least squares as Eq. 3.4 and 3.7 of Huang's thesis have it, y = (A'A)^-1 A'x.

Deviation: a ridge r of 1e-6 times the mean of the diagonal is added to A'A.
The thesis leaves it to training that the columns of A stay independent; where
they do not, the ridge picks the shortest of all solutions, up to rounding.

A'A is never made, because its rounding errors can exceed the ridge (many
columns that depend on few; GPUs that multiply matrices with ten bits).
Instead the columns of A, with sqrt(r) I below them, are made orthonormal one
after the other. A column keeps its own sqrt(r) in that, so none becomes zero,
and what the steps turn sqrt(r) I into holds the inverse: with Q over S for
the result, y = S Q'x / sqrt(r) and A y = Q Q'x.
TensorFlow Lite has no inverse, no Cholesky and no solver; it has all of this.
"""

import math

from keras import ops

from kvideo.ops.arguments import check_clip

RIDGE = 1e-6
# Below, a basis counts as zero: its square would leave float32.
SMALLEST = 1e-18


def project_onto(x, basis):
    """Project the T values of each pixel and channel onto D directions.

    Args:
        x: Clips (B, T, H, W, C).
        basis: D directions in T frames: (B, T, D), the same for all pixels of
            a clip, or (B, H, W, T, D), others for each pixel. D at most T.

    Returns:
        Coefficients y, (B, D, H, W, C), and the projections A y,
        (B, T, H, W, C), in float32. Scaling the basis by s divides the
        coefficients by s and leaves the projections. Columns may depend on
        each other; a basis of zeros gives zeros.

    Raises:
        ValueError: If the basis does not belong to such clips, or T or D
            is not known.
    """
    check_clip(x)
    _check_basis(x, basis)
    x, basis = ops.cast(x, "float32"), ops.cast(basis, "float32")
    if len(basis.shape) == 3:
        q, inverse = _pseudo_inverse(basis[..., None])
        return _project_clips(x, q[..., 0], inverse[..., 0])
    height, width = ops.shape(x)[2:4]
    results = _project_pixels(
        _pixels_last(ops.transpose(x, (0, 1, 4, 2, 3))),
        *_pseudo_inverse(_pixels_last(ops.transpose(basis, (0, 3, 4, 1, 2)))),
    )
    return tuple(_pixels_back(y, height, width) for y in results)


def _pseudo_inverse(basis):
    """(B, T, D, P) to Q of the same shape and S / sqrt(r), (B, D, D, P)."""
    # The result is the same for every scale that we work with, so that no
    # gradient passes through it: with entries of at most 1 no square leaves
    # the range of float32.
    scale = ops.max(ops.abs(basis), axis=(1, 2), keepdims=True)
    is_zero = ops.less(scale, SMALLEST)
    scale = ops.stop_gradient(ops.where(is_zero, 1.0, scale))
    basis = basis / scale
    _, frames, directions, _ = basis.shape
    mean = ops.mean(ops.square(basis), axis=(1, 2), keepdims=True)
    root = ops.sqrt(ops.where(is_zero, 1.0, RIDGE * frames * mean))
    unit = ops.eye(directions, dtype=basis.dtype)[None, :, :, None]
    q = _orthonormal(ops.concatenate([basis, root * unit], axis=1))
    return q[:, :frames], q[:, frames:] / (root * scale)


def _orthonormal(columns):
    """Gram and Schmidt's, the modified order: vectors on axis 1, axis 2 to
    count them."""
    found, rest = [], columns
    for _ in range(columns.shape[2]):
        one = rest[:, :, :1]
        length = ops.sqrt(ops.sum(ops.square(one), axis=1, keepdims=True))
        one = one / length
        found.append(one)
        rest = rest[:, :, 1:]
        rest = rest - one * ops.sum(one * rest, axis=1, keepdims=True)
    return ops.concatenate(found, axis=2)


def _project_clips(x, q, inverse):
    """With q (B, T, D) and inverse (B, D, D)."""
    shape = ops.shape(x)
    parts = ops.matmul(ops.swapaxes(q, 1, 2), ops.reshape(x, _flat_shape(x)))
    y = ops.reshape(ops.matmul(inverse, parts), (-1, q.shape[-1], *shape[2:]))
    return y, ops.reshape(ops.matmul(q, parts), shape)


def _project_pixels(x, q, inverse):
    """With x (B, T, C, P), q (B, T, D, P) and inverse (B, D, D, P).

    Sums of products are faster than as many small matrices as there are
    pixels; pixels are last, where a sum over T runs through them in order.
    """
    y = projected = 0
    for k in range(q.shape[2]):
        one = q[:, :, k : k + 1]
        part = ops.sum(one * x, axis=1, keepdims=True)
        y = y + inverse[:, :, k : k + 1] * part
        projected = projected + one * part
    return y, projected


def _pixels_last(x):
    """(B, T, C, H, W) to (B, T, C, H W)."""
    batch, t, c, *size = ops.shape(x)
    if None in x.shape[3:]:
        return ops.reshape(x, (batch, t, c, -1))
    return ops.reshape(x, (-1, t, c, math.prod(size)))


def _pixels_back(x, height, width):
    """(B, T, C, H W) to (B, T, H, W, C)."""
    _, t, c, _ = x.shape
    x = ops.reshape(x, (-1, t, c, height, width))
    return ops.transpose(x, (0, 1, 3, 4, 2))


def _flat_shape(x):
    """(B, T, H W C), as far as the sizes are known."""
    _, t, h, w, channels = x.shape
    if None in (h, w):
        return (ops.shape(x)[0], t, -1)
    return (-1, t, h * w * channels)


def _check_basis(x, basis):
    shape = tuple(basis.shape)
    expected = {3: "(B, T, D)", 5: "(B, H, W, T, D)"}
    fits = len(shape) in expected and None not in shape[-2:]
    if not fits or shape[-2] != x.shape[1] or shape[-1] > shape[-2]:
        raise ValueError(
            f"`basis` must be {' or '.join(expected.values())}, with the "
            "known T of the clips and at most as many directions D. "
            f"Received: basis.shape={shape}, x.shape={tuple(x.shape)}."
        )
