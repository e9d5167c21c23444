"""Pooling over T, H and W, as one pool over frames and one over time.

Maxima and averages separate by axis. Two 2-D pools are no slower than one
3-D pool, and TensorFlow Lite has no 3-D pool at all.
"""

import math

from keras import ops

from kvideo.ops.arguments import (
    check_clip,
    check_fits,
    fold_frames,
    fold_positions,
    triple,
    unfold_frames,
    unfold_positions,
)
from kvideo.ops.lowering import current_lowering
from kvideo.ops.pad import pad_clip


def max_pool3d(x, pool_size, strides=None, padding=0):
    """Largest value in each window.

    Args:
        x: clips, (B, T, H, W, C).
        pool_size: int or three ints (T, H, W).
        strides: int or three ints; `None` means `pool_size`.
        padding: int or three ints, positions added on each side of an axis,
            at most half of the window. They never win (as in PyTorch).

    Returns:
        Clips with `(size + 2 * padding - pool_size) // strides + 1` positions
        on each of T, H and W.

    Raises:
        ValueError: on another rank, a window larger than the padded clip, or
            padding of more than half of a window.
    """
    return _pool(ops.max_pool, _pad_max, x, pool_size, strides, padding)


def _pad_max(x, padding):
    # A repeated border never changes a maximum while every window touches
    # the clip. It costs more than minus infinity, but leaves the range of the
    # values alone, which int8 in TensorFlow Lite needs.
    if current_lowering() == "mobile" or not any(padding):
        return pad_clip(x, padding, "edge")
    widths = [(0, 0), *((p, p) for p in padding), (0, 0)]
    return ops.pad(x, widths, constant_values=-math.inf)


def avg_pool3d(x, pool_size, strides=None, padding=0, count_padding=True):
    """Mean of each window.

    Args:
        x: clips, (B, T, H, W, C).
        pool_size: int or three ints (T, H, W).
        strides: int or three ints; `None` means `pool_size`.
        padding: int or three ints, zeros added on each side of an axis, at
            most half of the window.
        count_padding: whether the mean divides by the whole window, zeros
            from the padding too (PyTorch's `count_include_pad`), or by the
            positions that the window has in the clip (Keras' "same").

    Returns:
        Clips with `(size + 2 * padding - pool_size) // strides + 1` positions
        on each of T, H and W.

    Raises:
        ValueError: on another rank, a window larger than the padded clip, or
            padding of more than half of a window.
    """
    arguments = (pool_size, strides, padding)
    mean = _pool(ops.average_pool, pad_clip, x, *arguments)
    if count_padding:
        return mean
    ones = ops.ones((1, *ops.shape(x)[1:4], 1), dtype=x.dtype)
    return mean * (1 / _pool(ops.average_pool, pad_clip, ones, *arguments))


def _pool(pool, pad, x, pool_size, strides, padding):
    check_clip(x)
    window = triple(pool_size, "pool_size", minimum=1)
    strides = triple(pool_size if strides is None else strides, "strides", 1)
    padding = triple(padding, "padding", minimum=0)
    _check_padding(window, padding)
    check_fits(x, window, strides, padding, "pool_size")
    x = pad(x, padding)
    x = _pool_frames(pool, x, window[1:], strides[1:])
    return _pool_time(pool, x, window[0], strides[0])


def _check_padding(window, padding):
    if any(2 * p > w for w, p in zip(window, padding, strict=True)):
        raise ValueError(
            "`padding` must be at most half of `pool_size` on every axis. "
            f"Received: pool_size={window}, padding={padding}"
        )


def _pool_frames(pool, x, window, strides):
    if window == (1, 1) and strides == (1, 1):
        return x
    frames = ops.shape(x)[1]
    return unfold_frames(_valid(pool, fold_frames(x), window, strides), frames)


def _pool_time(pool, x, window, stride):
    if window == 1 and stride == 1:
        return x
    height, width = ops.shape(x)[2:4]
    pooled = _valid(pool, fold_positions(x), (window, 1), (stride, 1))
    return unfold_positions(pooled, height, width)


def _valid(pool, images, window, strides):
    return pool(images, window, strides, "valid", data_format="channels_last")
