"""One box, one flip and one size for a whole clip.

Boxes are integers `(top, left, height, width)` in pixels of the video, drawn
once a clip, so every frame is cut alike.
"""

import math

INTERPOLATIONS = ("bilinear", "nearest", "area")


def centre_box(video_size, spec):
    """The box of testing: centred, as large as the settings allow.

    Args:
        video_size: (height, width) of the video in pixels.
        spec: a `kvideo.data.ClipSpec`.

    Returns:
        (top, left, height, width).
    """
    if spec.resize_to:
        ends = [
            _centred(side, min(video_size), spec.resize_to, wanted)
            for side, wanted in zip(video_size, spec.frame_size, strict=True)
        ]
        (top, bottom), (left, right) = ends
        return top, left, bottom - top, right - left
    height, width = _box_size(video_size, spec)
    top, left = (video_size[0] - height) // 2, (video_size[1] - width) // 2
    return top, left, height, width


def random_box(video_size, spec, rng, scales=(1.0,)):
    """A box of training: one of the scales, at a random place.

    Args:
        video_size: (height, width) of the video in pixels.
        spec: a `kvideo.data.ClipSpec`.
        rng: `numpy.random.Generator`.
        scales: sides of the box as shares of the largest one, each in (0, 1].

    Returns:
        (top, left, height, width).
    """
    scale = scales[rng.integers(len(scales))]
    box = _box_size(video_size, spec)
    height, width = (max(1, round(scale * side)) for side in box)
    return _placed(video_size, (height, width), rng)


# Places of `multi_scale_box`, (down, across) in quarters of the room that the
# box has: corners, centre, middles of the edges, middles of the quarters. As
# in the code of TSN, TSM and BQN (`GroupMultiScaleCrop`).
PLACES = (
    *((0, 0), (0, 4), (4, 0), (4, 4), (2, 2)),
    *((2, 0), (2, 4), (4, 2), (0, 2)),
    *((1, 1), (1, 3), (3, 1), (3, 3)),
)


def multi_scale_box(video_size, spec, rng, scales=(1.0, 0.875, 0.75, 0.66)):
    """A box of training, as TSN's: two scales, at one of 13 places.

    `kvideo.layers.ClipMultiScaleCrop` draws the same boxes and says where
    they come from.

    Args:
        video_size: (height, width) of the video in pixels.
        spec: a `kvideo.data.ClipSpec`.
        rng: `numpy.random.Generator`.
        scales: sides of the box as shares of the largest one, each in (0, 1];
            height and width take two neighbours, or one.

    Returns:
        (top, left, height, width).
    """
    steps = range(len(scales))
    pairs = [(i, j) for i in steps for j in steps if abs(i - j) <= 1]
    pair = pairs[rng.integers(len(pairs))]
    place = PLACES[rng.integers(len(PLACES))]
    box = _box_size(video_size, spec)
    sides = [
        # 0.29 of 100 is 29, also in floating point.
        max(1, int(scales[step] * side + 1e-3))
        for step, side in zip(pair, box, strict=True)
    ]
    starts = [
        quarters * ((whole - side) // 4)
        for quarters, whole, side in zip(place, video_size, sides, strict=True)
    ]
    return *starts, *sides


def random_resized_box(
    video_size, spec, rng, scale=(0.25, 1.0), ratio=(3 / 4, 4 / 3)
):
    """A box of training: random area, ratio and place.

    `kvideo.layers.ClipRandomResizedCrop` draws the same boxes and says where
    they come from.

    Args:
        video_size: (height, width) of the video in pixels.
        spec: a `kvideo.data.ClipSpec`; the ratio of the box is its own.
        rng: `numpy.random.Generator`.
        scale: smallest and largest area as shares of the frame's.
        ratio: smallest and largest width through height.

    Returns:
        (top, left, height, width).
    """
    rows, columns = video_size
    for _ in range(10):
        area = rng.uniform(*scale) * rows * columns
        shape = math.exp(rng.uniform(*map(math.log, ratio)))
        height = round(math.sqrt(area / shape))
        width = round(math.sqrt(area * shape))
        if 0 < height <= rows and 0 < width <= columns:
            break
    else:
        height = min(rows, round(columns / ratio[0]))
        width = min(columns, round(rows * ratio[1]))
    return _placed(video_size, (height, width), rng)


def short_side_box(video_size, spec, rng, short_sides=(256, 320)):
    """A box of training: what `frame_size` is of a video of random size.

    `kvideo.layers.ClipShortSideJitter` draws the same boxes and says where
    they come from.

    Args:
        video_size: (height, width) of the video in pixels.
        spec: a `kvideo.data.ClipSpec`.
        rng: `numpy.random.Generator`.
        short_sides: smallest and largest shorter side, in pixels, that the
            video is resized to, as it were; not below `frame_size`.

    Returns:
        (top, left, height, width).
    """
    low, high = short_sides
    side = int(rng.integers(low, high + 1))
    return _placed(video_size, _share(video_size, spec, side), rng)


def crop(frames, box):
    """Cuts a box (top, left, height, width) out of `(T, H, W, C)`."""
    top, left, height, width = box
    return frames[:, top : top + height, left : left + width]


def flip(frames):
    """Mirrors `(T, H, W, C)` left to right."""
    return frames[:, :, ::-1]


def flip_flow(images):
    """Mirrors uint8 flow `(T, H, W, 2)`: what went right goes left."""
    mirrored = flip(images).copy()
    mirrored[..., 0] = 255 - mirrored[..., 0]
    return mirrored


def resize(frames, size, interpolation="bilinear"):
    """Resizes uint8 frames `(T, h, w, C)` to a float32 tensor of `size`.

    Without antialiasing, as `keras.utils.image_dataset_from_directory`.

    Args:
        frames: uint8 `(T, h, w, C)`.
        size: (height, width).
        interpolation: one of `INTERPOLATIONS`.

    Returns:
        float32 tensor `(T, height, width, C)` in [0, 255].
    """
    import tensorflow as tf

    resized = tf.image.resize(frames, size, method=interpolation)
    return tf.cast(resized, tf.float32)


def _box_size(video_size, spec):
    """The largest box of the wanted shape, or the whole frame."""
    height, width = video_size
    if not spec.crop_to_aspect_ratio:
        return height, width
    rows, columns = spec.frame_size
    if height * columns > width * rows:
        return max(1, width * rows // columns), width
    return height, max(1, height * columns // rows)


def _centred(side, short, short_side, wanted):
    """Where a centre crop begins and ends, in pixels of the video.

    That of TSM's code, and torchvision: the video is resized so that `short`
    becomes `short_side`, and `wanted` pixels are cut from the middle, at a
    whole pixel, halves to the even one. Both ends are the nearest ones here.
    """
    gap = side * short_side // short - wanted
    start = gap // 2 + (gap % 2) * (gap // 2 % 2)
    ends = (
        (2 * place * short + short_side) // (2 * short_side)
        for place in (start, start + wanted)
    )
    first, last = (min(end, side) for end in ends)
    return (first, last) if last > first else (side // 2, side // 2 + 1)


def _share(video_size, spec, short_side):
    """The part of the video that `frame_size` is of the resized video."""
    short = min(video_size)
    sides = (side * short // short_side for side in spec.frame_size)
    return tuple(
        min(max(1, side), whole)
        for side, whole in zip(sides, video_size, strict=True)
    )


def _placed(video_size, sides, rng):
    """A box of given sides at a random place."""
    top, left = (
        int(rng.integers(whole - side + 1))
        for whole, side in zip(video_size, sides, strict=True)
    )
    return top, left, *sides
