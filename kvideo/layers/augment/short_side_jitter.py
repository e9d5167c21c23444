"""Short-side jitter: resize to a random size, crop at a random place.

Paper: Simonyan, Zisserman, "Very Deep Convolutional Networks", ICLR 2015,
section 3.1 (scale jittering); for video He et al., "Non-local Neural
Networks", CVPR 2018: the shorter side uniform in [256, 320], crops of 224. The
seeds' recipes take [256, 320], and [182, 228] for crops of 160 (X3D-XS).
"""

import keras

from kvideo.layers.augment.arguments import check_short_side
from kvideo.layers.augment.clip_crop import ClipCrop
from kvideo.layers.augment.crop_and_resize import place_boxes, sides_at
from kvideo.layers.checks import numbers_of


@keras.saving.register_keras_serializable(package="kvideo")
class ClipShortSideJitter(ClipCrop):
    """Resizes the shorter side to a random length and crops at random.

    Done in one step: the box is what the crop would be of the frames before
    the resize. Outside training the shorter side has its smallest length and
    the crop is centred.

    Args:
        height, width: Of the result, in pixels.
        short_side: Smallest and largest length of the shorter side, in
            pixels; each length in between is equally likely.
        seed: See `ClipTransform`.

    Input shape:
        See `ClipTransform`.
    Output shape:
        The same with H, W = height, width.
    Raises:
        ValueError: If the crop does not fit into the smallest frame.
    """

    def __init__(
        self, height, width, short_side=(256, 320), seed=None, **kwargs
    ):
        super().__init__(height, width, seed=seed, **kwargs)
        short_side = numbers_of("short_side", short_side)
        for side in short_side:
            check_short_side(side, height, width)
        if short_side[0] > short_side[1]:
            raise ValueError(
                "`short_side` must be two rising numbers of pixels. Received: "
                f"short_side={short_side}."
            )
        self.short_side = short_side

    @property
    def rest_side(self):
        return self.short_side[0]

    def draw(self, tools, shape):
        low, high = self.short_side
        count = (shape[0],)
        short = low + tools.integers(count, high - low + 1)
        sides = sides_at(shape, self.size, short, tools.ops)
        places = tools.uniform(count), tools.uniform(count)
        return place_boxes(shape, sides, places, tools.ops)

    def get_config(self):
        return {
            **super().get_config(),
            "short_side": self.short_side,
            "seed": self.seed,
        }
