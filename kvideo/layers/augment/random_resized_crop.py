"""Random resized cropping.

Paper: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, section 6
(area of the box uniform, ratio of its sides between 3/4 and 4/3). As in
BTSNet's code (area from a quarter upwards) and torchvision's
`RandomResizedCrop`: ten boxes are drawn, the first that fits is taken, and if
none fits, the largest box within the ratios. The logarithm of the
ratio is uniform.
"""

import math

import keras

from kvideo.layers.augment.arguments import check_area
from kvideo.layers.augment.clip_crop import ClipCrop
from kvideo.layers.augment.crop_and_resize import place_boxes

TRIES = 10


def area_sides(shape, areas, ratios, otherwise, ops=keras.ops):
    """(height, width) of boxes by area and ratio: the first that fits.

    Args:
        shape: (B, T, H, W, C) of the clips.
        areas: float32 (B, N), shares of the frame's area.
        ratios: float32 (B, N), width through height.
        otherwise: (height, width) if none of the N fits.
        ops: `keras.ops`, or what stands for it.

    Returns:
        Two int32 (B,).
    """
    rows, columns = (ops.cast(side, "float32") for side in shape[2:4])
    heights = ops.round(ops.sqrt(areas * rows * columns / ratios))
    widths = ops.round(ops.sqrt(areas * rows * columns * ratios))
    fits = ops.logical_and(heights <= rows, widths <= columns)
    fits = ops.logical_and(fits, ops.minimum(heights, widths) >= 1)
    # `argmax` is the first of equal ones; the last column always fits.
    first = ops.argmax(_with(ops.cast(fits, "float32"), 1.0, ops), axis=1)
    first = ops.one_hot(first, areas.shape[1] + 1)
    return tuple(
        ops.cast(ops.sum(_with(drawn, side, ops) * first, axis=1), "int32")
        for drawn, side in zip((heights, widths), otherwise, strict=True)
    )


def _with(drawn, last, ops):
    """(B, N + 1): one more column of equal values."""
    more = ops.ones_like(drawn[:, :1]) * ops.cast(last, "float32")
    return ops.concatenate([drawn, more], axis=1)


def largest_within(shape, ratio, ops=keras.ops):
    """(height, width) of the largest box with a ratio within two bounds."""
    rows, columns = (ops.cast(side, "float32") for side in shape[2:4])
    return (
        ops.minimum(rows, ops.round(columns / ratio[0])),
        ops.minimum(columns, ops.round(rows * ratio[1])),
    )


@keras.saving.register_keras_serializable(package="kvideo")
class ClipRandomResizedCrop(ClipCrop):
    """Cuts a box of random area, ratio and place, and resizes it.

    Outside training: the largest centred box of the result's shape.

    Args:
        height, width: Of the result, in pixels.
        scale: Smallest and largest area of the box, as shares of the frame's.
        ratio: Smallest and largest width through height.
        seed: See `ClipTransform`.

    Input shape:
        See `ClipTransform`.
    Output shape:
        The same with H, W = height, width.
    """

    def __init__(
        self,
        height,
        width,
        scale=(0.25, 1.0),
        ratio=(3 / 4, 4 / 3),
        seed=None,
        **kwargs,
    ):
        super().__init__(height, width, seed=seed, **kwargs)
        check_area(scale, ratio)
        self.scale = tuple(scale)
        self.ratio = tuple(ratio)

    def draw(self, tools, shape):
        ops, count = tools.ops, shape[0]
        areas = tools.uniform((count, TRIES), *self.scale)
        logs = tools.uniform((count, TRIES), *map(math.log, self.ratio))
        last = largest_within(shape, self.ratio, ops)
        sides = area_sides(shape, areas, ops.exp(logs), last, ops)
        places = tools.uniform((count,)), tools.uniform((count,))
        return place_boxes(shape, sides, places, ops)

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "ratio": self.ratio,
            "seed": self.seed,
        }
