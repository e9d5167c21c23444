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
    # The result is the same for every scale that we work with, so that no
    # gradient passes through it: with entries of at most 1 no square leaves
    # the range of float32.
    scale = ops.max(ops.abs(basis), axis=(-2, -1), keepdims=True)
    is_zero = ops.less(scale, SMALLEST)
    scale = ops.stop_gradient(ops.where(is_zero, 1.0, scale))
    basis = basis / scale
    mean = ops.mean(ops.square(basis), axis=(-2, -1), keepdims=True)
    ridge = ops.where(is_zero, 1.0, RIDGE * mean * basis.shape[-2])
    project = _project_clips if len(basis.shape) == 3 else _project_pixels
    y, projected = project(x, basis, ridge)
    return y / _like_clips(scale), projected


def _like_clips(scale):
    """(B, 1, 1) or (B, H, W, 1, 1) to (B, 1, 1 or H, 1 or W, 1)."""
    if len(scale.shape) == 3:
        return ops.expand_dims(scale, (-2, -1))
    return ops.transpose(scale, (0, 3, 1, 2, 4))


def _project_clips(x, basis, ridge):
    """With (B, T, D): first the matrix of the projection, then all pixels.

    A'A is no matrix product here: GPUs round the factors of one to ten bits,
    which a basis of nearly dependent columns does not forgive.
    """
    shape = ops.shape(x)
    columns = ops.split(basis, basis.shape[-1], axis=-1)
    rows = [ops.sum(a * basis, axis=1, keepdims=True) for a in columns]
    gram = ops.concatenate(rows, axis=1)
    inverse = solve(gram, ops.swapaxes(basis, 1, 2), ridge)
    y = ops.matmul(inverse, ops.reshape(x, _flat_shape(x)))
    projected = ops.reshape(ops.matmul(basis, y), shape)
    return ops.reshape(y, (-1, basis.shape[-1], *shape[2:])), projected


def _project_pixels(x, basis, ridge):
    """With (B, H, W, T, D): sums of products are faster than small matrices,
    of which there are as many as pixels."""
    columns = [
        ops.transpose(a, (0, 3, 1, 2, 4))
        for a in ops.split(basis, basis.shape[-1], axis=-1)
    ]
    right = ops.stack([ops.sum(a * x, axis=1) for a in columns], axis=-2)
    gram = [[ops.sum(a * b, axis=1) for b in columns] for a in columns]
    gram = ops.stack([ops.concatenate(r, axis=-1) for r in gram], axis=-2)
    y = solve(gram, right, ridge)
    y = ops.transpose(y, (0, 3, 1, 2, 4))
    return y, sum(a * y[:, k : k + 1] for k, a in enumerate(columns))


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
