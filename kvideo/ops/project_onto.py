"""Projection of every pixel's course over time onto a few directions.

Least squares as Eq. 3.4 and 3.7 of Huang's thesis have it, y = (A'A)^-1 A'x.
TensorFlow Lite has no inverse, no Cholesky and no solver, so the elimination
is written out: D steps, for any D.

Deviation: a ridge of 1e-6 times the mean of the diagonal is added to A'A. The
thesis leaves it to training that the columns stay independent; where they do
not, the ridge picks the shortest of all solutions.
"""

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
        rows = ops.reshape(x, _flat_shape(x))
        y, projected = _project(rows, basis)
        shape = ops.shape(x)
        y = ops.reshape(y, (-1, basis.shape[-1], *shape[2:]))
        return y, ops.reshape(projected, shape)
    y, projected = _project(ops.transpose(x, (0, 2, 3, 1, 4)), basis)
    return (
        ops.transpose(y, (0, 3, 1, 2, 4)),
        ops.transpose(projected, (0, 3, 1, 2, 4)),
    )


def _project(x, basis):
    """Of x (..., T, N) onto (..., T, D): (..., D, N) and (..., T, N)."""
    # The result is the same for every scale that we work with, so that no
    # gradient passes through it: with entries of at most 1 no square leaves
    # the range of float32.
    scale = ops.max(ops.abs(basis), axis=(-2, -1), keepdims=True)
    is_zero = ops.less(scale, SMALLEST)
    scale = ops.stop_gradient(ops.where(is_zero, 1.0, scale))
    basis = basis / scale
    transposed = ops.swapaxes(basis, -2, -1)
    gram = ops.matmul(transposed, basis)
    mean = ops.mean(ops.square(basis), axis=(-2, -1), keepdims=True)
    ridge = ops.where(is_zero, 1.0, RIDGE * mean * basis.shape[-2])
    y = solve(gram, ops.matmul(transposed, x), ridge)
    return y / scale, ops.matmul(basis, y)


def solve(matrix, right, ridge):
    """(matrix + ridge I)^-1 right, by Gauss-Jordan elimination.

    Args:
        matrix: Symmetric, no negative eigenvalues, (..., D, D), D known.
        right: (..., D, N).
        ridge: (..., 1, 1), positive.
    """
    size = matrix.shape[-1]
    unit = ops.eye(size, dtype=matrix.dtype)
    rows = ops.concatenate([matrix + ridge * unit, right], axis=-1)
    for k in range(size):
        # No pivot is smaller than the ridge, but for rounding; so none needs
        # to be searched for, and none is zero.
        pivot = ops.maximum(rows[..., k : k + 1, k : k + 1], ridge)
        row = rows[..., k : k + 1, :] / pivot
        others = rows[..., :, k : k + 1] - unit[:, k : k + 1]
        rows = rows - others * row
    return rows[..., size:]


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
