"""Cases and references that the convolution tests share on all backends."""

import numpy as np

DEPTHWISE = {
    # name: (clip, kernel, strides, padding)
    "x3d": ((2, 4, 6, 5, 4), (3, 3, 3), 1, 1),
    "x3d_stride": ((2, 4, 6, 5, 4), (3, 3, 3), (1, 2, 2), 1),
    "rnl": ((1, 3, 8, 8, 3), (3, 7, 7), 1, (1, 3, 3)),
    "log": ((1, 3, 9, 8, 3), (1, 9, 9), 1, (0, 4, 4)),
    "mbpm_stem": ((1, 7, 4, 5, 3), (3, 1, 1), (3, 1, 1), 0),
    "time_stride": ((1, 7, 4, 5, 3), (3, 1, 1), (2, 1, 1), (1, 0, 0)),
    "x3d_stem": ((2, 6, 3, 4, 4), (5, 1, 1), 1, (2, 0, 0)),
    "all_strides": ((1, 6, 7, 8, 2), (3, 3, 3), 2, 0),
    "unequal_strides": ((1, 4, 5, 6, 2), (3, 3, 3), (1, 1, 2), 1),
    "even_kernel": ((1, 4, 7, 9, 2), (2, 4, 4), (1, 3, 3), 1),
    "wide_padding": ((1, 3, 4, 4, 2), (3, 1, 3), 1, (3, 1, 4)),
}
CONV = {
    # name: (clip, window, filters, strides, padding, dilations, groups)
    "dense": ((2, 4, 6, 5, 3), (3, 3, 3), 5, 1, 1, 1, 1),
    "pointwise": ((2, 3, 4, 5, 3), (1, 1, 1), 5, 1, 0, 1, 1),
    "pointwise_stride": ((2, 3, 4, 5, 3), (1, 1, 1), 5, 2, 0, 1, 1),
    "space": ((2, 3, 6, 5, 3), (1, 3, 3), 5, (1, 2, 2), (0, 1, 1), 1, 1),
    "time": ((2, 4, 3, 5, 3), (3, 1, 1), 5, (2, 1, 1), (1, 0, 0), 1, 1),
    "time_dilated": ((1, 6, 3, 5, 3), (3, 1, 1), 4, 1, (2, 0, 0), (2, 1, 1), 1),
    "depthwise": ((2, 4, 6, 5, 4), (3, 3, 3), 4, (1, 2, 2), 1, 1, 4),
    "groups2": ((1, 5, 6, 6, 8), (3, 3, 3), 4, 1, 2, 2, 2),
    "groups4": ((1, 9, 4, 4, 8), (3, 3, 3), 8, 1, (4, 1, 1), (4, 1, 1), 4),
    "groups16": ((1, 3, 8, 8, 32), (3, 3, 3), 32, 1, (1, 4, 4), (1, 4, 4), 16),
    "groups_wide": ((1, 3, 4, 4, 12), (3, 3, 3), 4, 1, 1, 1, 2),
    "groups_stride": ((1, 4, 6, 5, 12), (3, 3, 3), 8, 2, 1, 1, 4),
    "stride_dilated": ((1, 7, 6, 6, 4), (3, 3, 3), 4, 2, 2, 2, 2),
    "stride_odd": ((1, 7, 8, 7, 4), (3, 3, 3), 4, 2, 3, 3, 2),
    "stride_uneven": (
        (1, 7, 8, 7, 4),
        (3, 3, 3),
        4,
        2,
        (1, 4, 3),
        (2, 4, 4),
        2,
    ),
    "stride_mixed": ((1, 5, 9, 9, 4), (3, 3, 3), 4, (2, 1, 1), 4, (1, 4, 4), 2),
}


def triple(value):
    return (value,) * 3 if isinstance(value, int) else value


def draw(*shapes):
    rng = np.random.default_rng(7)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def conv_numpy(x, kernel, dy, strides=1, padding=0, dilations=1, groups=1):
    """A convolution by its definition, in float64, and its two gradients.

    Returns `(y, dx, dkernel)`; `dy=None` stands for ones.
    """
    strides, dilations = triple(strides), triple(dilations)
    padding = triple(padding)
    widths = [(0, 0), *((p, p) for p in padding), (0, 0)]
    x = np.pad(np.asarray(x, "float64"), widths)
    window = kernel.shape[:3]
    extent = [d * (k - 1) + 1 for k, d in zip(window, dilations, strict=True)]
    sizes = zip(x.shape[1:4], extent, strides, strict=True)
    out = [(n - e) // s + 1 for n, e, s in sizes]
    y = np.zeros((x.shape[0], *out, groups, kernel.shape[4] // groups))
    dy = np.ones(y.shape) if dy is None else dy.reshape(y.shape)
    parts = kernel.reshape(*kernel.shape[:4], groups, -1)
    dx, dparts = np.zeros(x.shape), np.zeros(parts.shape)
    grouped = (*y.shape[:5], -1)
    for tap in np.ndindex(*window):
        reads = (slice(None), *_reads(tap, out, strides, dilations))
        seen, part = x[reads].reshape(grouped), parts[tap]
        y += np.einsum("bthwgi,igo->bthwgo", seen, part)
        dparts[tap] = np.einsum("bthwgi,bthwgo->igo", seen, dy)
        back = np.einsum("bthwgo,igo->bthwgi", dy, part)
        dx[reads] += back.reshape(dx[reads].shape)
    inside = [
        slice(p, n - p) for p, n in zip(padding, x.shape[1:4], strict=True)
    ]
    dx = dx[(slice(None), *inside)]
    return y.reshape(*y.shape[:4], -1), dx, dparts.reshape(kernel.shape)


def _reads(tap, out, strides, dilations):
    for i, n, s, d in zip(tap, out, strides, dilations, strict=True):
        yield slice(i * d, i * d + (n - 1) * s + 1, s)


def depthwise_numpy(x, kernel, dy, strides=1, padding=0):
    groups = x.shape[-1]
    wide = np.expand_dims(kernel, 3)
    y, dx, dwide = conv_numpy(x, wide, dy, strides, padding, 1, groups)
    return y, dx, dwide[:, :, :, 0]
