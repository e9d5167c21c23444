"""Checks and reshapes that the operators share."""

import math

from keras import ops

AXES = ("T", "H", "W")


def triple(value, name, minimum):
    """Return `value` as a tuple of three ints, one each for T, H and W."""
    values = (value,) * 3 if isinstance(value, int) else tuple(value)
    if len(values) != 3 or any(
        not isinstance(v, int) or v < minimum for v in values
    ):
        raise ValueError(
            f"`{name}` must be an int or three ints (T, H, W), each at least "
            f"{minimum}. Received: {name}={value}"
        )
    return values


def check_clip(x):
    """Raise unless `x` has the axes (B, T, H, W, C) and a known C."""
    if len(x.shape) != 5:
        raise ValueError(
            "`x` must be a batch of clips with the axes (B, T, H, W, C). "
            f"Received: x.shape={tuple(x.shape)}. For a single clip, add the "
            "batch axis with `x[None]`."
        )
    if x.shape[-1] is None:
        raise ValueError(
            "The channels of `x` (its last axis) must be known. "
            f"Received: x.shape={tuple(x.shape)}"
        )


def check_fits(x, window, strides, padding, name):
    """Raise if the window is larger than the padded clip on a known axis."""
    for axis, size, extent, pad in zip(
        AXES, x.shape[1:4], window, padding, strict=True
    ):
        if size is not None and size + 2 * pad < extent:
            raise ValueError(
                f"`{name}` covers {extent} positions on axis {axis}, but the "
                f"clip has {size} and the padding adds {2 * pad}. Use a "
                f"smaller window, more padding or a larger clip. Received: "
                f"x.shape={tuple(x.shape)}, padding={tuple(padding)}"
            )


def output_size(size, window, stride, padding):
    """Positions at which a window of that extent fits (`None` if unknown)."""
    if size is None:
        return None
    return (size + 2 * padding - window) // stride + 1


def fold_frames(x):
    """(B, T, H, W, C) -> (B*T, H, W, C): frames as a batch of images."""
    shape = ops.shape(x)
    return ops.reshape(x, (-1, *shape[2:]))


def unfold_frames(x, frames):
    """(B*frames, H, W, C) -> (B, frames, H, W, C), inverse of the above."""
    shape = ops.shape(x)
    return ops.reshape(x, (-1, frames, *shape[1:]))


def fold_positions(x):
    """(B, T, H, W, C) -> (B, T, H*W, C): a clip as an image of time."""
    _, frames, height, width, channels = ops.shape(x)
    return ops.reshape(x, (-1, frames, height * width, channels))


def unfold_positions(x, height, width):
    """(B, T, H*W, C) -> (B, T, H, W, C), inverse of the above."""
    _, frames, _, channels = ops.shape(x)
    return ops.reshape(x, (-1, frames, height, width, channels))


def slice_axis(x, axis, start=None, stop=None, step=None):
    """`x[start:stop:step]` on one axis of T, H, W (0, 1, 2)."""
    index = [slice(None)] * 5
    index[axis + 1] = slice(start, stop, step)
    return x[tuple(index)]


def every(x, steps):
    """`x[:, ::steps[0], ::steps[1], ::steps[2]]`, all axes at once."""
    return x[:, :: steps[0], :: steps[1], :: steps[2]]


def common_steps(strides, dilations):
    """The largest step that strides and dilations share, for each axis."""
    return tuple(
        math.gcd(s, d) if s > 1 and d > 1 else 1
        for s, d in zip(strides, dilations, strict=True)
    )
