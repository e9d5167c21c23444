"""What the cropping layers share."""

from kvideo.layers.augment.arguments import check_size
from kvideo.layers.augment.clip_transform import ClipTransform
from kvideo.layers.augment.crop_and_resize import (
    crop_and_resize,
    rest_boxes,
)


class ClipCrop(ClipTransform):
    """Base of the crops: boxes (B, 4), cut out and resized.

    Outside training the box is centred and as large as the frame allows, or,
    where a subclass sets `rest_side`, what `height` and `width` are of frames
    resized to that short side.

    Args:
        height, width: Of the result, in pixels.
        seed: See `ClipTransform`.
    """

    rest_side = None

    def __init__(self, height, width, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        check_size(height, width)
        self.height = height
        self.width = width

    @property
    def size(self):
        return self.height, self.width

    def rest(self, tools, shape):
        return rest_boxes(shape, self.size, self.rest_side, tools.ops)

    def transform(self, tools, clips, parameters):
        return crop_and_resize(clips, parameters, self.size, tools.ops)

    def frame_shape(self, height, width):
        return self.size

    def get_config(self):
        return {
            **super().get_config(),
            "height": self.height,
            "width": self.width,
        }
