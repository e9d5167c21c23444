"""Clips as lists of positions, for operators that compare every two."""

from keras import ops


def flatten_positions(x):
    """(B, T, H, W, C) to (B, T H W, C)."""
    _, t, h, w, channels = x.shape
    if None in (t, h, w):
        return ops.reshape(x, (ops.shape(x)[0], -1, channels))
    return ops.reshape(x, (-1, t * h * w, channels))


def unflatten_positions(x, like):
    """(B, T H W, C) to (B, T, H, W, C), with T, H and W of `like`."""
    sizes = like.shape[1:4]
    if None in sizes:
        return ops.reshape(x, (*ops.shape(like)[:4], x.shape[-1]))
    return ops.reshape(x, (-1, *sizes, x.shape[-1]))


def map_chunks(function, x, size=None):
    """`function(x)`, on `size` positions of axis 1 after another.

    For functions that treat every position by itself and need much memory
    for each, such as a row of an attention matrix.

    Args:
        function: Takes (B, n, C) and returns (B, n, D), for any n.
        x: Tensor (B, N, C). N must be known if `size` is given.
        size: Positions at a time; None: all at once.

    Returns:
        Tensor (B, N, D).

    Raises:
        ValueError: If `size` is no positive integer, or N is unknown.
    """
    if size is None:
        return function(x)
    positions = x.shape[1]
    if not isinstance(size, int) or size < 1:
        raise ValueError(
            "A chunk must have at least one position; None takes all at "
            f"once. Received: {size=}."
        )
    if positions is None:
        raise ValueError(
            "Chunks need a known number of positions: give T, H and W of the "
            f"clip, or no chunk size. Received: shape={tuple(x.shape)}, "
            f"{size=}."
        )
    parts = [
        function(x[:, start : start + size])
        for start in range(0, positions, size)
    ]
    return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=1)
