"""Resizing in NumPy, for where there is no TensorFlow.

The three interpolations of `tf.image.resize` without antialiasing. Bilinear
and nearest add in the same order and in float32, and give the same bits;
`area` is within 0.001 (of 255), as TensorFlow rounds the shares of the pixels
to float32. tests/data/test_resize.py holds this file to `transforms.resize`.
"""

import numpy as np


def resize(frames, size, interpolation="bilinear"):
    """Resizes uint8 frames `(T, h, w, C)` to float32 of `size`.

    Args:
        frames: uint8 `(T, h, w, C)`.
        size: (height, width).
        interpolation: `"bilinear"`, `"nearest"` or `"area"`.

    Returns:
        float32 `(T, height, width, C)` in [0, 255].
    """
    return _METHODS[interpolation](frames, *size)


def _bilinear(frames, height, width):
    above, below, down = _neighbours(frames.shape[1], height)
    left, right, across = _neighbours(frames.shape[2], width)
    across = across[:, None]

    def row_wise(rows):
        rows = rows.astype(np.float32)
        start = rows[:, :, left]
        return start + (rows[:, :, right] - start) * across

    top, bottom = row_wise(frames[:, above]), row_wise(frames[:, below])
    return top + (bottom - top) * down[:, None, None]


def _neighbours(old, new):
    """(lower pixel, upper pixel, weight of the upper one), each `(new,)`."""
    scale = np.float32(old) / np.float32(new)
    place = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * scale
    place = place - np.float32(0.5)
    lower = np.floor(place)
    upper = np.minimum(np.ceil(place), old - 1).astype(int)
    return np.maximum(lower, 0).astype(int), upper, place - lower


def _nearest(frames, height, width):
    rows = _nearest_pixel(frames.shape[1], height)
    columns = _nearest_pixel(frames.shape[2], width)
    return frames[:, rows][:, :, columns].astype(np.float32)


def _nearest_pixel(old, new):
    scale = np.float32(old) / np.float32(new)
    place = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * scale
    return np.minimum(np.floor(place), old - 1).astype(int)


def _area(frames, height, width):
    rows = _shares(frames.shape[1], height)
    columns = _shares(frames.shape[2], width)
    frames = np.moveaxis(frames, -1, 1).astype(np.float32)  # (T, C, h, w)
    return np.moveaxis(rows @ frames @ columns.T, 1, -1)


def _shares(old, new):
    """Which share of each new pixel each old one covers: `(new, old)`."""
    edges = np.arange(new + 1)[:, None] * (old / new)
    pixel = np.arange(old)
    covered = np.minimum(pixel + 1, edges[1:]) - np.maximum(pixel, edges[:-1])
    return (np.maximum(covered, 0) * (new / old)).astype(np.float32)


_METHODS = {"bilinear": _bilinear, "nearest": _nearest, "area": _area}
