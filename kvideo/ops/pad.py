"""Padding on the axes T, H and W."""

from keras import ops

from kvideo.ops.arguments import AXES, check_clip, slice_axis, triple

MODES = ("constant", "reflect", "edge")


def pad_clip(x, padding, mode="constant"):
    """Pad a batch of clips by the same amount on both sides of an axis.

    Args:
        x: clips, (B, T, H, W, C).
        padding: int or three ints (T, H, W), positions added on *each* side.
        mode: `"constant"` (zeros), `"reflect"` (mirrored without repeating
            the border: `cb|abc|ba`) or `"edge"` (the border repeated:
            `aa|abc|cc`).

    Returns:
        Clips, (B, T + 2*padding[0], H + 2*padding[1], W + 2*padding[2], C).

    Raises:
        ValueError: on another rank or mode, on negative padding, and when
            `"reflect"` asks for more positions than an axis has beside its
            border.
    """
    check_clip(x)
    padding = triple(padding, "padding", minimum=0)
    if mode not in MODES:
        raise ValueError(
            f"`mode` must be one of {MODES}. Received: mode={mode!r}"
        )
    if mode == "constant":
        widths = [(0, 0), *((p, p) for p in padding), (0, 0)]
        return ops.pad(x, widths) if any(padding) else x
    pad_axis = _reflect_axis if mode == "reflect" else _repeat_edge
    for axis, amount in enumerate(padding):
        if amount:
            x = pad_axis(x, axis, amount)
    return x


def name_padding(x, window, strides, padding, dilations):
    """Put zeros around `x` unless "SAME" says the same, which saves a copy.

    Returns:
        The clips, and the padding that is left to do: "SAME" or "VALID".
    """
    full = [d * (k - 1) for k, d in zip(window, dilations, strict=True)]
    symmetric = full == [2 * p for p in padding] and max(strides) == 1
    if any(padding) and symmetric:
        return x, "SAME"
    return pad_clip(x, padding), "VALID"


def _reflect_axis(x, axis, amount):
    size = x.shape[axis + 1]
    if size is not None and amount >= size:
        raise ValueError(
            f"Reflecting by {amount} needs at least {amount + 1} positions on "
            f"axis {AXES[axis]}. Received: x.shape={tuple(x.shape)}. Use less "
            'padding or mode="edge".'
        )
    before = [slice_axis(x, axis, i, i + 1) for i in range(amount, 0, -1)]
    after = [_from_end(x, axis, i + 1) for i in range(1, amount + 1)]
    return ops.concatenate([*before, x, *after], axis=axis + 1)


def _repeat_edge(x, axis, amount):
    first = slice_axis(x, axis, 0, 1)
    last = _from_end(x, axis, 1)
    copies = [first] * amount + [x] + [last] * amount
    return ops.concatenate(copies, axis=axis + 1)


def _from_end(x, axis, place):
    stop = 1 - place if place > 1 else None
    return slice_axis(x, axis, -place, stop)
