"""Argument checks that several layers share."""


def check_rank(layer, shape, rank=5, axes="(B, T, H, W, C)"):
    """Raise a ValueError unless `shape` has `rank` axes."""
    if len(shape) != rank:
        raise ValueError(
            f"{type(layer).__name__} expects a tensor of rank {rank} with "
            f"axes {axes}. Received: shape={tuple(shape)}. A single clip "
            "needs a batch axis: clip[None]."
        )


def check_choice(argument, value, choices):
    """Raise a ValueError unless `value` is one of `choices`."""
    if value not in choices:
        known = ", ".join(repr(c) for c in choices)
        raise ValueError(
            f"`{argument}` must be one of {known}. Received: "
            f"{argument}={value!r}."
        )


def check_odd(argument, value):
    """Raise a ValueError unless `value` is a positive odd integer."""
    if not isinstance(value, int) or value < 1 or value % 2 == 0:
        raise ValueError(
            f"`{argument}` must be a positive odd integer, so that the "
            f"kernel has a centre. Received: {argument}={value!r}."
        )


def triple(argument, value):
    """Return `value` as a tuple of three positive integers (T, H, W)."""
    values = (value,) * 3 if isinstance(value, int) else tuple(value)
    if len(values) != 3 or any(not isinstance(v, int) or v < 1 for v in values):
        raise ValueError(
            f"`{argument}` must be a positive integer or three of them "
            f"(T, H, W). Received: {argument}={value!r}."
        )
    return values


def conv_length(length, kernel, stride, padding, dilation=1):
    """Output length of one axis; None stays None."""
    if length is None:
        return None
    return (length + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def check_segments(layer, shape, frames):
    """Raise a ValueError unless a clip is S segments of so many frames."""
    length = shape[1]
    if not length or length % frames:
        raise ValueError(
            f"{type(layer).__name__} takes S segments of T={frames} frames, "
            f"a clip of {frames} S frames, known when it is built. Received: "
            f"shape={tuple(shape)}. Change the clip or `frames`."
        )


def segments_of(length, frames):
    """Number of segments in a clip; None stays None."""
    return None if length is None else length // frames
