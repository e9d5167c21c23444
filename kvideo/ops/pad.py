"""Padding on the axes T, H and W."""

import itertools

from keras import ops

from kvideo.ops.arguments import AXES, check_clip, slice_axis, triple
from kvideo.ops.gradients import with_gradient

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
    for axis, amount in enumerate(padding):
        if amount:
            _check_border(x, axis, amount, mode)
            x = _pad_axis(x, axis, amount, mode)
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


def _check_border(x, axis, amount, mode):
    size = x.shape[axis + 1]
    if mode == "reflect" and size is not None and amount >= size:
        raise ValueError(
            f"Reflecting by {amount} needs at least {amount + 1} positions on "
            f"axis {AXES[axis]}. Received: x.shape={tuple(x.shape)}. Use less "
            'padding or mode="edge".'
        )


def _pad_axis(x, axis, amount, mode):
    extend, collect = _BORDERS[mode]
    size = ops.shape(x)[axis + 1]
    # TensorFlow's own gradient of the slices is several times slower.
    return with_gradient(
        lambda x: extend(x, axis, amount, size),
        lambda dy: collect(dy, axis, amount, size),
        x,
    )


def _reflect(x, axis, amount, size):
    before = slice_axis(x, axis, 1, amount + 1)
    after = slice_axis(x, axis, size - 1 - amount, size - 1)
    parts = [ops.flip(before, axis + 1), x, ops.flip(after, axis + 1)]
    return ops.concatenate(parts, axis=axis + 1)


def _reflect_back(dy, axis, amount, size):
    before, dx, after = _parts(dy, axis, amount, size)
    rest = size - 1 - amount
    dx = dx + _place(ops.flip(before, axis + 1), axis, 1, rest)
    return dx + _place(ops.flip(after, axis + 1), axis, rest, 1)


def _repeat(x, axis, amount, size):
    first = slice_axis(x, axis, 0, 1)
    last = slice_axis(x, axis, size - 1, size)
    parts = [first] * amount + [x] + [last] * amount
    return ops.concatenate(parts, axis=axis + 1)


def _repeat_back(dy, axis, amount, size):
    before, dx, after = _parts(dy, axis, amount, size)
    first = ops.sum(before, axis=axis + 1, keepdims=True)
    last = ops.sum(after, axis=axis + 1, keepdims=True)
    dx = dx + _place(first, axis, 0, size - 1)
    return dx + _place(last, axis, size - 1, 0)


def _parts(dy, axis, amount, size):
    cuts = (0, amount, amount + size, 2 * amount + size)
    return [slice_axis(dy, axis, *cut) for cut in itertools.pairwise(cuts)]


def _place(x, axis, before, after):
    widths = [(0, 0)] * 5
    widths[axis + 1] = (before, after)
    return ops.pad(x, widths)


_BORDERS = {
    "reflect": (_reflect, _reflect_back),
    "edge": (_repeat, _repeat_back),
}
