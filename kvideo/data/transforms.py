"""One box, one flip and one size for a whole clip.

Boxes are integers `(top, left, height, width)` in pixels of the video, drawn
once a clip, so every frame is cut alike. Also here: which classes a flip from
left to right would turn into others.
"""

import re

INTERPOLATIONS = ("bilinear", "nearest", "area")

# What classes of Something-Something, V1 and V2, become when mirrored.
SOMETHING_SWAPS = {
    "Pulling something from left to right": (
        "Pulling something from right to left"
    ),
    "Pushing something from left to right": (
        "Pushing something from right to left"
    ),
    "Turning the camera left while filming something": (
        "Turning the camera right while filming something"
    ),
}

_DIRECTIONS = {
    "left",
    "right",
    "leftward",
    "rightward",
    "leftwards",
    "rightwards",
    "clockwise",
    "anticlockwise",
    "counterclockwise",
}


def centre_box(video_size, spec):
    """The box of testing: centred, as large as the settings allow.

    Args:
        video_size: (height, width) of the video in pixels.
        spec: a `kvideo.data.ClipSpec`.

    Returns:
        (top, left, height, width).
    """
    height, width = _box_size(video_size, spec)
    if spec.resize_to:
        height, width = _share(video_size, spec)
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
    top = int(rng.integers(video_size[0] - height + 1))
    left = int(rng.integers(video_size[1] - width + 1))
    return top, left, height, width


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


def directional(class_names):
    """The class names that a flip from left to right may make wrong.

    Those with a word such as left, right or clockwise; words are split at
    punctuation, digits and capitals.
    """
    return [name for name in class_names if _words(name) & _DIRECTIONS]


def swapped_labels(class_names, swaps):
    """The labels that change in a flip, with what they change to.

    Args:
        class_names: names of the classes, in the order of their labels.
        swaps: dictionary from a class name to the name that its mirror image
            has. One direction is enough.

    Returns:
        Dictionary of integers.

    Raises:
        ValueError: a name is unknown, or has two partners.
    """
    labels = {}
    for pair in swaps.items():
        for name, partner in (pair, pair[::-1]):
            if not {name, partner} <= set(class_names):
                _bad_swaps(class_names, swaps, "names an unknown class")
            old, new = class_names.index(name), class_names.index(partner)
            if labels.setdefault(old, new) != new:
                _bad_swaps(class_names, swaps, f"gives {name!r} two partners")
    return labels


def _bad_swaps(class_names, swaps, problem):
    raise ValueError(
        "`horizontal_flip` should map class names to class names, in pairs, "
        f"and {problem}. Expected names: {list(class_names)}. "
        f"Received: horizontal_flip={swaps}"
    )


def _box_size(video_size, spec):
    """The largest box of the wanted shape, or the whole frame."""
    height, width = video_size
    if not spec.crop_to_aspect_ratio:
        return height, width
    rows, columns = spec.frame_size
    if height * columns > width * rows:
        return max(1, width * rows // columns), width
    return height, max(1, height * columns // rows)


def _share(video_size, spec):
    """The part of the video that `frame_size` is of the resized video."""
    short = min(video_size)
    sides = (side * short // spec.resize_to for side in spec.frame_size)
    return tuple(
        min(max(1, side), whole)
        for side, whole in zip(sides, video_size, strict=True)
    )


def _words(name):
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return set(re.findall(r"[a-z]+", spaced.lower()))
