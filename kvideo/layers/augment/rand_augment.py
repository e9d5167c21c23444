"""RandAugment for clips.

Paper: Cubuk et al., "RandAugment: Practical Automated Data Augmentation with
a Reduced Search Space", CVPR Workshops 2020: N operations in a row, each with
equal chance from a list of 14, all at one magnitude M. Strengths at M = 10 are
those of the paper's list (from AutoAugment, Cubuk et al., CVPR 2019, table 6),
with directions drawn at random.

All frames of a clip get the same operations. What is measured in the picture
(histogram, extremes, mean grey) is measured in the whole clip, so that one map
of the values holds for all of its frames.
"""

import math

import keras

from kvideo.layers.augment.arguments import check_value_range
from kvideo.layers.augment.clip_transform import ClipTransform
from kvideo.layers.augment.color_jitter import (
    blend,
    from_unit,
    grey,
    to_unit,
)
from kvideo.layers.checks import check_count, check_number

# Each operation takes (clip (T, H, W, 3) in [0, 1], level in [-1, 1], ops) and
# gives a clip of the same shape. At level 0 the clip stays as it is, except
# for `autocontrast` and `equalize`, which have no level.


def identity(clip, level, ops=keras.ops):
    return clip


def autocontrast(clip, level, ops=keras.ops):
    low = ops.min(clip, axis=(0, 1, 2), keepdims=True)
    room = ops.max(clip, axis=(0, 1, 2), keepdims=True) - low
    stretched = (clip - low) / ops.maximum(room, 1e-6)
    return ops.where(room > 0, stretched, clip)


def equalize(clip, level, ops=keras.ops):
    """Each channel's values by rank: their distribution becomes even."""
    values = ops.cast(ops.round(255.0 * clip), "int32")
    channels = [_equalized(values[..., i], ops) for i in range(clip.shape[-1])]
    return ops.stack(channels, axis=-1)


def _equalized(values, ops):
    flat = ops.reshape(values, (-1,))
    ones = ops.ones_like(ops.cast(flat, "float32"))
    below = ops.cumsum(ops.segment_sum(ones, flat, num_segments=256))
    first = ops.take(below, ops.min(flat))
    room = ops.take(below, 255) - first
    table = (below - first) / ops.maximum(room, 1.0)
    # One value all over stays.
    same = ops.cast(ops.arange(256), "float32") / 255.0
    table = ops.where(room > 0, table, same)
    return ops.take(ops.clip(table, 0.0, 1.0), values, axis=0)


def solarize(clip, level, ops=keras.ops):
    return ops.where(clip > 1.0 - ops.abs(level), 1.0 - clip, clip)


def posterize(clip, level, ops=keras.ops):
    """Keeps 8 to 4 bits of each value."""
    step = 2.0 ** ops.round(4.0 * ops.abs(level))
    return ops.floor(ops.round(255.0 * clip) / step) * step / 255.0


def brightness(clip, level, ops=keras.ops):
    return blend(ops.zeros_like(clip), clip, 1.0 + 0.9 * level, ops)


def color(clip, level, ops=keras.ops):
    return blend(grey(clip, ops), clip, 1.0 + 0.9 * level, ops)


def contrast(clip, level, ops=keras.ops):
    mean = ops.mean(grey(clip, ops))
    return blend(mean, clip, 1.0 + 0.9 * level, ops)


def sharpness(clip, level, ops=keras.ops):
    """Away from, or towards, a mean of 3x3 with weight 5 in the middle."""
    channels = clip.shape[-1]
    kernel = [[[1.0 + 4.0 * (i == j == 1)] for j in range(3)] for i in range(3)]
    kernel = ops.convert_to_tensor(kernel, "float32")[..., None] / 13.0
    kernel = ops.repeat(kernel, channels, axis=2)
    padded = ops.pad(clip, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect")
    smooth = ops.depthwise_conv(
        padded, kernel, padding="valid", data_format="channels_last"
    )
    return blend(smooth, clip, 1.0 + 0.9 * level, ops)


def rotate(clip, level, ops=keras.ops):
    angle = level * math.pi / 6
    cos, sin = ops.cos(angle), ops.sin(angle)
    return _warp(clip, ((cos, -sin), (sin, cos)), (0.0, 0.0), ops)


def shear_x(clip, level, ops=keras.ops):
    return _warp(clip, ((1.0, 0.3 * level), (0.0, 1.0)), (0.0, 0.0), ops)


def shear_y(clip, level, ops=keras.ops):
    return _warp(clip, ((1.0, 0.0), (0.3 * level, 1.0)), (0.0, 0.0), ops)


def translate_x(clip, level, ops=keras.ops):
    return _warp(clip, ((1.0, 0.0), (0.0, 1.0)), (0.45 * level, 0.0), ops)


def translate_y(clip, level, ops=keras.ops):
    return _warp(clip, ((1.0, 0.0), (0.0, 1.0)), (0.0, 0.45 * level), ops)


def _warp(clip, matrix, shift, ops):
    """Takes each pixel from where `matrix` maps it, around the centre.

    `shift` is in frame sides, (x, y). What lies outside is grey.
    """
    frames, height, width = ops.shape(clip)[:3]
    sides = [ops.cast(side, "float32") for side in (width, height)]
    numbers = []
    for row, move, side in zip(matrix, shift, sides, strict=True):
        centred = [(s - 1.0) / 2.0 for s in sides]
        start = (side - 1.0) / 2.0 + move * side
        start = start - row[0] * centred[0] - row[1] * centred[1]
        numbers += [*row, start]
    numbers = [ops.cast(n, "float32") for n in (*numbers, 0.0, 0.0)]
    # PyTorch's backend writes into it: a tensor of its own, no broadcast.
    transform = ops.tile(ops.stack(numbers)[None], (frames, 1))
    return ops.image.affine_transform(
        clip,
        transform,
        interpolation="bilinear",
        fill_mode="constant",
        fill_value=0.5,
        data_format="channels_last",
    )


OPERATIONS = (
    *(identity, autocontrast, equalize, solarize, posterize),
    *(brightness, color, contrast, sharpness),
    *(rotate, shear_x, shear_y, translate_x, translate_y),
)


def apply_operations(clips, numbers, levels, ops=keras.ops):
    """Apply some operations in a row to each clip.

    Args:
        clips: float32 RGB (B, T, H, W, 3) in [0, 1].
        numbers: int32 (B, N), rows of `OPERATIONS`.
        levels: float32 (B, N), strength and direction in [-1, 1].
        ops: `keras.ops`, or what stands for it.

    Returns:
        The same shape.
    """
    branches = [
        lambda clip, level, apply=apply: apply(clip, level, ops)
        for apply in OPERATIONS
    ]

    def augment(inputs):
        clip, chosen, strengths = inputs
        for step in range(numbers.shape[1]):
            clip = ops.switch(chosen[step], branches, clip, strengths[step])
        return clip

    # A clip at a time: only the operations that were drawn are computed.
    return ops.map(augment, (clips, numbers, levels))


@keras.saving.register_keras_serializable(package="kvideo")
class ClipRandAugment(ClipTransform):
    """Applies a few random operations, the same to all frames of a clip.

    Args:
        num_ops: Operations in a row, N in the paper.
        magnitude: Strength of all of them, M in the paper, in [0, 10].
        value_range: Smallest and largest value of a pixel; results stay
            within.
        seed: See `ClipTransform`.

    Input shape:
        See `ClipTransform`, C = 3.
    Output shape:
        The same.
    """

    def __init__(
        self,
        num_ops=2,
        magnitude=9,
        value_range=(0, 255),
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        check_count("num_ops", num_ops)
        check_number("magnitude", magnitude, 0, 10)
        check_value_range(value_range)
        self.num_ops = num_ops
        self.magnitude = magnitude
        self.value_range = tuple(value_range)

    def draw(self, tools, shape):
        drawn = (shape[0], self.num_ops)
        numbers = tools.integers(drawn, len(OPERATIONS))
        signs = 2.0 * tools.ops.cast(tools.integers(drawn, 2), "float32") - 1.0
        return numbers, signs * self.magnitude / 10.0

    def transform(self, tools, clips, parameters):
        unit = to_unit(clips, self.value_range)
        unit = apply_operations(unit, *parameters, tools.ops)
        return from_unit(unit, self.value_range)

    def get_config(self):
        return {
            **super().get_config(),
            "num_ops": self.num_ops,
            "magnitude": self.magnitude,
            "value_range": self.value_range,
            "seed": self.seed,
        }
