"""Windows that cover every axis of a clip to its end."""

from keras import ops

from kvideo.ops.arguments import AXES, check_clip


def covering_length(length, window, stride):
    """Positions of windows that cover an axis; None stays None.

    Every position is in a window, unless strides jump over it, and every
    window begins in the clip, at the end of which it may hang over.
    """
    if length is None:
        return None
    covering = -(-max(length - window, 0) // stride) + 1
    return min(covering, -(-length // stride))


def fill_windows(x, window, strides):
    """Repeat the last frame, row and column as windows that cover need it.

    Args:
        x: clips, (B, T, H, W, C), T, H and W known.
        window: three ints (T, H, W).
        strides: three ints.

    Returns:
        Clips whose axes `covering_length` windows fill exactly: longer ones,
        or shorter ones where the last stride jumps over the end.

    Raises:
        ValueError: on another rank, or an axis of unknown length.
    """
    check_clip(x)
    sizes = tuple(x.shape[1:4])
    for axis, size in enumerate(sizes):
        if size is None:
            raise ValueError(
                "These windows need a clip of known T, H and W. Axis "
                f"{AXES[axis]} is unknown. Received: x.shape={tuple(x.shape)}"
            )
        length = covering_length(size, window[axis], strides[axis])
        end = (length - 1) * strides[axis] + window[axis]
        x = _resized(x, axis + 1, size, end)
    return x


def _resized(x, axis, size, end):
    index = [slice(None)] * 5
    if end < size:
        index[axis] = slice(0, end)
        return x[tuple(index)]
    index[axis] = slice(size - 1, size)
    parts = [x] + [x[tuple(index)]] * (end - size)
    return ops.concatenate(parts, axis=axis) if end > size else x
