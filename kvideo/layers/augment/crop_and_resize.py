"""Boxes of clips, and the resize of what they cut out.

Boxes are int32 (B, 4): top, left, height, width in pixels, one for each clip.
Box sides are integers as in `kvideo.data.transforms`, so a clip is the same
whether it was cut before or after it became a tensor. The resize is bilinear
with half-pixel centres and no antialiasing (`tf.image.resize`), written as
two products with interpolation matrices: the boxes of a batch differ, and no
backend has a resize for that.
"""

import keras


def crop_and_resize(clips, boxes, size, ops=keras.ops):
    """Cut a box out of each clip and resize it.

    Args:
        clips: float32 (B, T, H, W, C).
        boxes: int32 (B, 4), top, left, height, width; inside the frames.
        size: (height, width) of the result.
        ops: `keras.ops`, or what stands for it.

    Returns:
        float32 (B, T, height, width, C).
    """
    batch, frames, rows, columns, channels = ops.shape(clips)
    top, left, height, width = (boxes[:, i] for i in range(4))
    down = interpolation_matrix(top, height, rows, size[0], ops)
    across = interpolation_matrix(left, width, columns, size[1], ops)
    x = ops.reshape(clips, (batch, frames, rows, columns * channels))
    x = ops.matmul(down[:, None], x)
    x = ops.reshape(x, (batch, frames * size[0], columns, channels))
    # One product with many columns instead of many with C of them.
    x = ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (batch, columns, -1))
    x = ops.reshape(
        ops.matmul(across, x), (batch, size[1], frames * size[0], channels)
    )
    x = ops.transpose(x, (0, 2, 1, 3))
    return ops.reshape(x, (batch, frames, *size, channels))


def interpolation_matrix(start, length, inside, outside, ops=keras.ops):
    """Weights of bilinear interpolation along one axis.

    Args:
        start, length: int32 (B,), the part of the axis that is taken.
        inside: Pixels of the whole axis.
        outside: Pixels of the result.
        ops: `keras.ops`, or what stands for it.

    Returns:
        float32 (B, outside, inside), at most two weights a row, of sum 1.
    """
    start, length = (ops.cast(v, "float32")[:, None] for v in (start, length))
    centres = ops.cast(ops.arange(outside), "float32") + 0.5
    at = ops.clip(centres[None] * length / outside - 0.5, 0.0, length - 1.0)
    pixels = ops.cast(ops.arange(inside), "float32")
    return ops.relu(1.0 - ops.abs((start + at)[:, :, None] - pixels))


def largest_sides(shape, size, ops=keras.ops):
    """(height, width) of the largest box of the shape of `size`.

    Args:
        shape: (B, T, H, W, C) of the clips.
        size: (height, width) of the result.
        ops: `keras.ops`, or what stands for it.
    """
    rows, columns = shape[2:4]
    height = ops.minimum(rows, columns * size[0] // size[1])
    width = ops.minimum(columns, rows * size[1] // size[0])
    return ops.maximum(height, 1), ops.maximum(width, 1)


def sides_at(shape, size, short_side, ops=keras.ops):
    """(height, width) of the box that `size` is of resized frames.

    Args:
        shape: (B, T, H, W, C) of the clips.
        size: (height, width) of the result.
        short_side: Shorter side that the frames would be resized to, an
            integer or int32 (B,); None takes `largest_sides`.
        ops: `keras.ops`, or what stands for it.
    """
    if short_side is None:
        return largest_sides(shape, size, ops)
    short = ops.minimum(shape[2], shape[3])
    return tuple(
        ops.minimum(ops.maximum(side * short // short_side, 1), whole)
        for side, whole in zip(size, shape[2:4], strict=True)
    )


def place_boxes(shape, sides, places, ops=keras.ops):
    """Boxes (B, 4) of given sides at given places.

    Args:
        shape: (B, T, H, W, C) of the clips.
        sides: (height, width), each a number or (B,).
        places: (down, across), each a number or (B,) in [0, 1): 0 at the top
            or left, 0.5 in the middle, just below 1 at the end; whole numbers
            of pixels are equally likely if places are.
        ops: `keras.ops`, or what stands for it.
    """
    starts = []
    for whole, side, place in zip(shape[2:4], sides, places, strict=True):
        room = ops.cast(whole - side + 1, "float32")
        starts.append(ops.cast(ops.floor(place * room), "int32"))
    return stack_boxes(shape, (*starts, *sides), ops)


def centre_boxes(shape, sides, ops=keras.ops):
    """Boxes (B, 4) of given sides (height, width) in the middle."""
    starts = [
        (whole - side) // 2
        for whole, side in zip(shape[2:4], sides, strict=True)
    ]
    return stack_boxes(shape, (*starts, *sides), ops)


def rest_boxes(shape, size, short_side, ops=keras.ops):
    """Boxes (B, 4) of the test mode, as `kvideo.data.transforms.centre_box`.

    Args:
        shape, size, short_side: See `sides_at`; `short_side` a number.
    """
    if short_side is None:
        return centre_boxes(shape, largest_sides(shape, size, ops), ops)
    short = ops.minimum(shape[2], shape[3])
    starts, lengths = zip(
        *(
            _resized_middle(side, short, short_side, wanted, ops)
            for side, wanted in zip(shape[2:4], size, strict=True)
        ),
        strict=True,
    )
    return stack_boxes(shape, (*starts, *lengths), ops)


def _resized_middle(side, short, short_side, wanted, ops):
    """(start, length) in pixels of the frame of `wanted` pixels in the middle
    of the resized frame, which begin at a whole pixel, halves at the even."""
    gap = side * short_side // short - wanted
    start = gap // 2 + (gap % 2) * (gap // 2 % 2)
    first, last = (
        ops.minimum((2 * at * short + short_side) // (2 * short_side), side)
        for at in (start, start + wanted)
    )
    empty = last <= first
    first = ops.where(empty, side // 2, first)
    return first, ops.where(empty, 1, last - first)


def stack_boxes(shape, numbers, ops=keras.ops):
    """(B, 4) of top, left, height, width, each a number or (B,)."""
    columns = [
        ops.broadcast_to(ops.cast(number, "int32"), (shape[0],))
        for number in numbers
    ]
    return ops.stack(columns, axis=1)


def box_masks(boxes, shape, ops=keras.ops):
    """Booleans (B, 1, H, W, 1): which pixels of a clip are in its box."""
    inside = []
    for axis in range(2):
        # In two steps: TensorFlow's optimizer of graphs mistakes
        # `[:, i, None]` of a stacked tensor for another axis.
        start, length = boxes[:, axis], boxes[:, axis + 2]
        start, length = start[:, None], length[:, None]
        pixels = ops.arange(shape[2 + axis], dtype="int32")[None]
        inside.append(ops.logical_and(pixels >= start, pixels < start + length))
    down, across = inside
    return ops.logical_and(
        down[:, None, :, None, None], across[:, None, None, :, None]
    )
