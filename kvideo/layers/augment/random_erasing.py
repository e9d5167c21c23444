"""Random erasing of a tube: one box, the same in every frame.

Paper: Zhong et al., "Random Erasing Data Augmentation", AAAI 2020, algorithm
1; a box that moves from frame to frame would add motion of its own, so it
stays (VideoMAE's and SlowFast's code do the same). The erased pixels have one
value; the paper's noise is left out.
"""

import math

import keras

from kvideo.layers.augment.arguments import check_area, check_rate
from kvideo.layers.augment.clip_transform import ClipTransform
from kvideo.layers.augment.crop_and_resize import box_masks, place_boxes
from kvideo.layers.augment.random_resized_crop import TRIES, area_sides
from kvideo.layers.checks import check_number


def erase_boxes(clips, boxes, value, ops=keras.ops):
    """Set the pixels of a box, the same in all frames, to a value.

    Args:
        clips: (B, T, H, W, C).
        boxes: int32 (B, 4), top, left, height, width; no pixels if a side is
            zero.
        value: Number.
        ops: `keras.ops`, or what stands for it.
    """
    erased = ops.full_like(clips, value)
    return ops.where(box_masks(boxes, ops.shape(clips), ops), erased, clips)


@keras.saving.register_keras_serializable(package="kvideo")
class ClipRandomErasing(ClipTransform):
    """Erases a random box from some clips.

    Args:
        rate: Share of the clips, in [0, 1].
        scale: Smallest and largest area of the box, as shares of the frame's.
        ratio: Smallest and largest width through height.
        fill_value: Value of erased pixels; the default is the middle of
            [0, 255].
        seed: See `ClipTransform`.

    Input and output shape:
        See `ClipTransform`.
    """

    def __init__(
        self,
        rate=0.25,
        scale=(0.02, 1 / 3),
        ratio=(0.3, 1 / 0.3),
        fill_value=127.5,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        check_rate(rate)
        check_area(scale, ratio)
        check_number("fill_value", fill_value)
        self.rate = rate
        self.scale = tuple(scale)
        self.ratio = tuple(ratio)
        self.fill_value = fill_value

    def draw(self, tools, shape):
        ops, count = tools.ops, shape[0]
        areas = tools.uniform((count, TRIES), *self.scale)
        logs = tools.uniform((count, TRIES), *map(math.log, self.ratio))
        sides = area_sides(shape, areas, ops.exp(logs), (0, 0), ops)
        chosen = tools.uniform((count,)) < self.rate
        sides = [ops.where(chosen, side, 0) for side in sides]
        places = tools.uniform((count,)), tools.uniform((count,))
        return place_boxes(shape, sides, places, ops)

    def transform(self, tools, clips, parameters):
        return erase_boxes(clips, parameters, self.fill_value, tools.ops)

    def get_config(self):
        return {
            **super().get_config(),
            "rate": self.rate,
            "scale": self.scale,
            "ratio": self.ratio,
            "fill_value": self.fill_value,
            "seed": self.seed,
        }
