"""The centred crop of testing."""

import keras

from kvideo.layers.augment.arguments import check_short_side
from kvideo.layers.augment.clip_crop import ClipCrop


@keras.saving.register_keras_serializable(package="kvideo")
class ClipCenterCrop(ClipCrop):
    """Cuts a centred box and resizes it, in training and in testing.

    Args:
        height, width: Of the result, in pixels.
        short_side: Shorter side that the frames are resized to, as it were,
            before the crop; None takes the largest box of the result's
            shape. With the frames' own short side pixels stay as they are.

    Input shape:
        See `ClipTransform`.
    Output shape:
        The same with H, W = height, width.
    """

    def __init__(self, height, width, short_side=None, **kwargs):
        super().__init__(height, width, **kwargs)
        if short_side is not None:
            check_short_side(short_side, height, width)
        self.short_side = short_side

    @property
    def rest_side(self):
        return self.short_side

    def draw(self, tools, shape):
        return self.rest(tools, shape)

    def get_config(self):
        return {**super().get_config(), "short_side": self.short_side}
