"""Three and ten crops of a clip, for testing.

Ten crops: Krizhevsky et al., "ImageNet Classification with Deep Convolutional
Neural Networks", NIPS 2012, section 4.1. Three crops along the longer side,
which cover the whole frame: Wang et al., "Non-local Neural Networks", CVPR
2018, section 4.1; TSM's code calls them "full resolution".
"""

import keras

from kvideo.layers.augment.arguments import check_short_side
from kvideo.layers.augment.clip_crop import ClipCrop
from kvideo.layers.augment.crop_and_resize import (
    crop_and_resize,
    sides_at,
    stack_boxes,
)


class _ViewCrops(ClipCrop):
    """Several crops of each clip, behind one another in the batch.

    Args:
        height, width: Of a crop, in pixels.
        short_side: See `ClipCenterCrop`.
    """

    def __init__(self, height, width, short_side=None, **kwargs):
        super().__init__(height, width, **kwargs)
        if short_side is not None:
            check_short_side(short_side, height, width)
        self.short_side = short_side

    def draw(self, tools, shape):
        return self.rest(tools, shape)

    def rest(self, tools, shape):
        """A list of boxes (B, 4), one for each crop."""
        sides = sides_at(shape, self.size, self.short_side, tools.ops)
        rooms = [
            whole - side for whole, side in zip(shape[2:4], sides, strict=True)
        ]
        return [
            stack_boxes(shape, (*starts, *sides), tools.ops)
            for starts in self.starts(tools.ops, *rooms)
        ]

    def transform(self, tools, clips, parameters):
        crops = [
            crop_and_resize(clips, boxes, self.size, tools.ops)
            for boxes in parameters
        ]
        return _in_one_batch(crops, tools.ops)

    def transform_labels(self, tools, labels, parameters):
        return tools.ops.repeat(labels, self.views, axis=0)

    def get_config(self):
        return {**super().get_config(), "short_side": self.short_side}


@keras.saving.register_keras_serializable(package="kvideo")
class ClipThreeCrop(_ViewCrops):
    """Three crops along the longer side of the frame: start, centre, end.

    Left, centre and right of a wide clip; top, centre and bottom of a tall
    one. Average scores with
    `keras.ops.mean(keras.ops.reshape(scores, (-1, 3, classes)), axis=1)`.

    Args:
        height, width: Of a crop, in pixels.
        short_side: See `ClipCenterCrop`; the crops of a wide clip then cover
            its full height if it equals `height`.

    Input shape:
        See `ClipTransform`.
    Output shape:
        (3 B, T, height, width, C), the crops of a clip behind one another;
        (3, T, height, width, C) for one clip. Labels are repeated.
    """

    views = 3

    def starts(self, ops, down, across):
        return [
            (
                ops.where(down > across, part * down // 2, down // 2),
                ops.where(down > across, across // 2, part * across // 2),
            )
            for part in range(3)
        ]


@keras.saving.register_keras_serializable(package="kvideo")
class ClipTenCrop(_ViewCrops):
    """Four corners and the centre, and the same five mirrored.

    Average scores as for `ClipThreeCrop`, with 10.

    Args:
        height, width: Of a crop, in pixels.
        short_side: See `ClipCenterCrop`; without it the crops touch two edges
            of the frame each, and some are the same.

    Input shape:
        See `ClipTransform`.
    Output shape:
        (10 B, T, height, width, C), the crops of a clip behind one another;
        (10, T, height, width, C) for one clip. Labels are repeated.
    """

    views = 10

    def starts(self, ops, down, across):
        corners = [(d, a) for d in (0, down) for a in (0, across)]
        return [*corners, (down // 2, across // 2)]

    def transform(self, tools, clips, parameters):
        ops = tools.ops
        crops = [
            crop_and_resize(clips, boxes, self.size, ops)
            for boxes in parameters
        ]
        mirrored = [ops.flip(crop, axis=3) for crop in crops]
        return _in_one_batch(crops + mirrored, ops)


def _in_one_batch(crops, ops):
    """(B N, ...) of N tensors (B, ...): those of a clip stay together."""
    stacked = ops.stack(crops, axis=1)
    return ops.reshape(stacked, (-1, *ops.shape(stacked)[2:]))
