"""Multi-scale cropping at fixed places.

Paper: Wang et al., "Temporal Segment Networks", ECCV 2016, section 3.2
(corner cropping and scale jittering), with the 13 places of the released code
of TSN, TSM and BQN (`GroupMultiScaleCrop`, `more_fix_crop`).

Deviations: for a result that is not square the sides are shares of the largest
box of its shape (the code takes shares of the short side for both), and the
code's snap of a side within two pixels of the result is left out, as it may
reach beyond the frame.
"""

import itertools

import keras

from kvideo.layers.augment.clip_crop import ClipCrop
from kvideo.layers.augment.crop_and_resize import largest_sides, stack_boxes
from kvideo.layers.checks import check_count, is_number

# Places of the box, (down, across) in quarters of the room that it has:
# corners, centre, middles of the edges, middles of the quarters.
PLACES = (
    *((0, 0), (0, 4), (4, 0), (4, 4), (2, 2)),
    *((2, 0), (2, 4), (4, 2), (0, 2)),
    *((1, 1), (1, 3), (3, 1), (3, 3)),
)


def scale_pairs(scales, max_distort):
    """Shares (of height, of width) that are up to so many steps apart."""
    numbered = list(enumerate(scales))
    return [
        (down, across)
        for (i, down), (j, across) in itertools.product(numbered, numbered)
        if abs(i - j) <= max_distort
    ]


def multi_scale_boxes(shape, size, shares, places, ops=keras.ops):
    """Boxes (B, 4) for `crop_and_resize`.

    Args:
        shape: (B, T, H, W, C) of the clips.
        size: (height, width) of the result.
        shares: float32 (B, 2), of the height and width of the largest box.
        places: int32 (B, 2), rows of `PLACES`.
        ops: `keras.ops`, or what stands for it.
    """
    largest = largest_sides(shape, size, ops)
    starts, sides = [], []
    for axis, whole in enumerate(largest):
        share = shares[:, axis] * ops.cast(whole, "float32")
        # 0.66 of 100 is 66, also where 0.66 is a little less in float32.
        side = ops.cast(ops.floor(share + 1e-3), "int32")
        side = ops.maximum(side, 1)
        step = (shape[2 + axis] - side) // 4
        starts.append(places[:, axis] * step)
        sides.append(side)
    return stack_boxes(shape, (*starts, *sides), ops)


@keras.saving.register_keras_serializable(package="kvideo")
class ClipMultiScaleCrop(ClipCrop):
    """Cuts a box of one of several scales at one of 13 places, and resizes.

    Height and width of the box may be up to `max_distort` steps of `scales`
    apart, so clips are stretched a little. Outside training: the largest
    centred box.

    Args:
        height, width: Of the result, in pixels.
        scales: Sides of the box as shares of the largest one, each in (0, 1].
        max_distort: Largest distance, in the list of scales, of height and
            width.
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
        scales=(1.0, 0.875, 0.75, 0.66),
        max_distort=1,
        seed=None,
        **kwargs,
    ):
        super().__init__(height, width, seed=seed, **kwargs)
        listed = scales if isinstance(scales, list | tuple) else ()
        if not listed or not all(is_number(x) and 0 < x <= 1 for x in listed):
            raise ValueError(
                "`scales` must be numbers in (0, 1]. Received: "
                f"scales={scales!r}."
            )
        check_count("max_distort", max_distort, least=0)
        self.scales = tuple(scales)
        self.max_distort = max_distort

    def draw(self, tools, shape):
        ops, count = tools.ops, shape[0]
        pairs = scale_pairs(self.scales, self.max_distort)
        drawn = tools.integers((count,), len(pairs))
        shares = ops.take(ops.convert_to_tensor(pairs, "float32"), drawn, 0)
        drawn = tools.integers((count,), len(PLACES))
        places = ops.take(ops.convert_to_tensor(PLACES, "int32"), drawn, 0)
        return multi_scale_boxes(shape, self.size, shares, places, ops)

    def get_config(self):
        return {
            **super().get_config(),
            "scales": self.scales,
            "max_distort": self.max_distort,
            "seed": self.seed,
        }
