"""Multi-temporal convolution (MTConv).

Paper: Stergiou and Poppe, "Multi-Temporal Convolutions for Human Action
Recognition in Videos", section III-A, Eq. 1 to 7. The channels are split. The
local branch L is a convolution; the prolonged branch P works at half the
length, height and width, on its own input and on what L found, and is resized
to L's size. The output is both, one after the other.

Decisions, where the paper is silent or at odds with itself:
- Each branch sees its own share of the input channels, floor(r C) and the
  rest, as in the released code; with all channels for both, parameters would
  be at their highest at r = 1/2, where Table VI(a) has the lowest.
- The convolution from L to P is 1x1x1, as in that code.
- "Conv3D operations followed by BN": one batch normalisation on the sum of
  P's two terms, then ReLU, then the resizing.
- Strided, L's output is halved to the length that P's own input comes to,
  and P is resized to L's strided size.
- Odd heights and widths are halved upwards, see `SoftPool2D`, lengths
  downwards: 5 frames to 2. A length or size of 1 stays.
- The released network is two streams of other shapes, `MTNet`'s
  `released_*` variants.
"""

import math

import keras

from kvideo import ops
from kvideo.layers.checks import (
    check_choice,
    check_count,
    check_number,
    check_rank,
    triple,
)
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.normalization import BatchNorm
from kvideo.layers.triplet_cosine_frame_selection import (
    SELECT,
    TripletCosineFrameSelection,
)

SPATIAL_POOLS = ("soft", "average")
TEMPORAL_POOLS = ("selection", "symmetric")
# Room for the rounding of shares such as 0.29 * 100 = 28.999999999999996.
ROUNDING = 1e-9


@keras.saving.register_keras_serializable(package="kvideo")
class MTConv(Composite):
    """A local and a prolonged convolution, each on its channels.

    The two branches end in batch normalisation and ReLU. Weights without
    them: k^3 (l l' + p p') + l' p' for l + p input and l' + p' output
    channels, l = floor(r C).

    Args:
        filters: Output channels.
        kernel_size: Odd integer or three, (T, H, W), of both branches.
        ratio: Share r of the local branch, above 0 and at most 1. With 1
            there is no prolonged branch: a convolution, BN, ReLU.
        strides: Integer or three, (T, H, W).
        spatial_pool: `"soft"` or `"average"`: how P halves height and width.
        temporal_pool: `"selection"`: triplet cosine frame selection; or
            `"symmetric"`: `spatial_pool` over time too (Table VI(c)).
        select: Of `TripletCosineFrameSelection`.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C). With r < 1, T, H and W must be known.
    Output shape:
        (B, T', H', W', filters), each axis ceil(length / stride).
    Raises:
        ValueError: If r is out of range, or leaves a branch no channel.
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        ratio=0.875,
        strides=1,
        spatial_pool="soft",
        temporal_pool="selection",
        select="lowest",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_count("filters", filters)
        check_number("ratio", ratio)
        check_ratio(ratio)
        check_choice("spatial_pool", spatial_pool, SPATIAL_POOLS)
        check_choice("temporal_pool", temporal_pool, TEMPORAL_POOLS)
        check_choice("select", select, SELECT)
        self.filters = filters
        self.kernel_size = triple("kernel_size", kernel_size)
        self.ratio = ratio
        self.strides = triple("strides", strides)
        self.spatial_pool = spatial_pool
        self.temporal_pool = temporal_pool
        self.select = select
        self._make_local()
        if ratio < 1:
            self._make_prolonged()

    def _make_local(self):
        filters, _ = split_channels(self.filters, self.ratio)
        self.local = self._conv("local", filters)
        self.local_norm = self._norm("local_bn")

    def _make_prolonged(self):
        _, filters = split_channels(self.filters, self.ratio)
        self.prolonged = self._conv("prolonged", filters)
        self.lateral = Conv3D(
            filters, 1, name="lateral", dtype=self.dtype_policy
        )
        self.prolonged_norm = self._norm("prolonged_bn")

    def _conv(self, name, filters):
        return Conv3D(
            filters,
            self.kernel_size,
            self.strides,
            name=name,
            dtype=self.dtype_policy,
        )

    def _norm(self, name):
        return BatchNorm(name=name, dtype=self.dtype_policy)

    def build(self, input_shape):
        check_rank(self, input_shape)
        shapes = self._shapes(input_shape)
        self.local.build(shapes["local_input"])
        self.local_norm.build(shapes["local"])
        if self.ratio == 1:
            return
        self._check_known(input_shape)
        self.prolonged.build(shapes["prolonged_input"])
        self.lateral.build(shapes["lateral_input"])
        self.prolonged_norm.build(shapes["prolonged"])
        # Which frames of the layer's input and of the local output P sees.
        own, found = shapes["prolonged_input"], shapes["lateral_input"]
        self.input_choice = self._choice(input_shape[1], own)
        self.lateral_choice = self._choice(shapes["local"][1], found)

    def _shapes(self, input_shape):
        """Shapes at the ends of the convolutions, by name."""
        *sizes, channels = input_shape
        own, rest = split_channels(channels, self.ratio)
        local = self.local.compute_output_shape((*sizes, own))
        shapes = {"local_input": (*sizes, own), "local": local}
        if self.ratio < 1 and None not in sizes[1:]:
            half = (sizes[0], *self._half(sizes[1:]), rest)
            result = self.prolonged.compute_output_shape(half)
            shapes["prolonged_input"] = half
            shapes["prolonged"] = result
            shapes["lateral_input"] = (*result[:-1], local[-1])
        return shapes

    def _half(self, sizes):
        frames, height, width = sizes
        if self.temporal_pool == "symmetric":
            frames = -(-frames // 2)
        else:
            frames = max(frames // 2, 1)
        return frames, -(-height // 2), -(-width // 2)

    def _check_known(self, input_shape):
        if None in input_shape[1:4]:
            raise ValueError(
                "The prolonged branch is resized, so T, H and W must be "
                f"known. Received: shape={tuple(input_shape)}. Build the "
                "network with an input_shape, or use ratio=1."
            )

    def _choice(self, frames, shape):
        """Frames that P sees of so many, None where a window pools them."""
        if self.temporal_pool == "symmetric":
            return None
        batch, kept, *rest = shape
        choice = TripletCosineFrameSelection(
            kept, self.select, dtype=self.dtype_policy
        )
        choice.build((batch, frames, *rest))
        return choice

    def call(self, inputs, training=None):
        if self.ratio == 1:
            return self._run_local(inputs, training)
        own, _ = split_channels(inputs.shape[-1], self.ratio)
        own, rest = keras.ops.split(inputs, [own], axis=-1)
        local = self._run_local(own, training)
        x = self.prolonged(self._halve(rest, self.input_choice))
        x = x + self.lateral(self._halve(local, self.lateral_choice))  # Eq. 3
        x = keras.ops.relu(self.prolonged_norm(x, training=training))
        _, frames, *size, _ = local.shape
        x = ops.resize_clip(x, size, frames)
        return keras.ops.concatenate([local, x], axis=-1)  # Eq. 2

    def _run_local(self, x, training):
        return keras.ops.relu(self.local_norm(self.local(x), training=training))

    def _halve(self, x, choice):
        """Eq. 4 to 7."""
        window = (2 if choice is None else 1, 2, 2)
        if self.spatial_pool == "soft":
            x = ops.soft_pool(x, window)
        else:
            x = ops.avg_pool3d(ops.fill_windows(x, window, window), window)
        return x if choice is None else choice(x)

    def image_parts(self):
        """Which channels of a 2-D kernel (k, k, C, filters) are whose.

        Each branch takes the block between its own channels, so that every
        channel keeps the meaning that it has for the layers around. The
        convolution from one branch to the other has no counterpart.

        Returns:
            List of (convolution, slice of the input channels, slice of the
            output channels) of a built layer.
        """
        inside, outside = self.local.kernel.shape[-2:]
        parts = [(self.local, slice(0, inside), slice(0, outside))]
        if self.ratio < 1:
            rest = (self.prolonged, slice(inside, None), slice(outside, None))
            parts.append(rest)
        return parts

    def image_norms(self):
        """Which channels of a 2-D network's normalisation are whose.

        Returns:
            List of (normalisation, slice of the channels).
        """
        outside = self.local.kernel.shape[-1]
        norms = [(self.local_norm, slice(0, outside))]
        if self.ratio < 1:
            norms.append((self.prolonged_norm, slice(outside, None)))
        return norms

    def compute_output_shape(self, input_shape):
        shape = self.local.compute_output_shape(input_shape)
        return (*shape[:-1], self.filters)

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip."""
        shapes = self._shapes(input_shape)
        macs = self.local.count_macs(shapes["local_input"], shapes["local"])
        if self.ratio == 1:
            return macs
        result = shapes["prolonged"]
        macs += self.lateral.count_macs(shapes["lateral_input"], result)
        return macs + self.prolonged.count_macs(
            shapes["prolonged_input"], result
        )

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "ratio": self.ratio,
            "strides": self.strides,
            "spatial_pool": self.spatial_pool,
            "temporal_pool": self.temporal_pool,
            "select": self.select,
        }


def check_ratio(ratio):
    """Raise a ValueError unless r is a share of the local branch."""
    if not 0 < ratio <= 1:
        raise ValueError(
            "`ratio` is the local branch's share of the channels, above 0, "
            "since the prolonged branch needs its output, and at most 1. "
            f"Received: ratio={ratio}."
        )


def split_channels(channels, ratio):
    """Channels of the local and of the prolonged branch (Eq. 1).

    Raises:
        ValueError: If one that should be there has none.
    """
    local = math.floor(ratio * channels + ROUNDING)
    if local == 0 or (local == channels and ratio < 1):
        raise ValueError(
            f"A ratio of {ratio} splits {channels} channels into {local} and "
            f"{channels - local}. Use a ratio nearer to 1/2, or more channels."
        )
    return local, channels - local
