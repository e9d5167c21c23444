"""From raw frames to the clip of a network, as operations of a graph.

What `kvideo.data.load_clip` does in test mode after sampling: the box of
`transforms.centre_box`, cut from uint8 frames, then `tf.image.resize`. Equal to
the bit, which tests/export/test_graph_clips.py holds it to.
"""

import tensorflow as tf


def centre_box(size, spec):
    """`kvideo.data.transforms.centre_box` of a size known at run time.

    Args:
        size: (height, width), int32 tensors.
        spec: A `kvideo.data.ClipSpec`.

    Returns:
        (top, left, height, width), int32 tensors.
    """
    height, width = size
    rows, columns = spec.frame_size
    if spec.resize_to:
        short = tf.minimum(height, width)
        top, rows = _centred(height, short, spec.resize_to, rows)
        left, columns = _centred(width, short, spec.resize_to, columns)
        return top, left, rows, columns
    if spec.crop_to_aspect_ratio:
        box = [width * rows // columns, height * columns // rows]
    else:
        box = [height, width]
    box = [
        tf.minimum(tf.maximum(1, side), whole)
        for side, whole in zip(box, size, strict=True)
    ]
    return (height - box[0]) // 2, (width - box[1]) // 2, *box


def _centred(side, short, short_side, wanted):
    """`kvideo.data.transforms._centred`: (begin, length)."""
    gap = side * short_side // short - wanted
    start = gap // 2 + (gap % 2) * (gap // 2 % 2)
    first, last = (
        tf.minimum((2 * p * short + short_side) // (2 * short_side), side)
        for p in (start, start + wanted)
    )
    empty = last <= first
    first = tf.where(empty, side // 2, first)
    return first, tf.where(empty, 1, last - first)


def prepare(frames, spec):
    """uint8 frames (N, h, w, C) -> float32 (N, H, W, C) in [0, 255]."""
    shape = tf.shape(frames)
    top, left, height, width = centre_box((shape[1], shape[2]), spec)
    frames = frames[:, top : top + height, left : left + width]
    resized = tf.image.resize(
        frames, spec.frame_size, method=spec.interpolation
    )
    return tf.cast(resized, tf.float32)


def decode(image, spec):
    """The bytes of a JPEG or PNG image -> float32 (H, W, 3) in [0, 255]."""
    # The method that shards are read with; the default differs by build.
    frame = tf.io.decode_jpeg(image, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.ensure_shape(prepare(frame[None], spec)[0], (*spec.frame_size, 3))
