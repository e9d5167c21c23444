"""Grouped decomposed module (GDM), and what its paper compares it with.

Paper: Z. Qiu, X. Zhao, Z. Hu, "Efficient Temporal-Spatial Feature Grouping
for Video Action Recognition", ICIP 2020, section 2.2 and Table 1. The
channels are split in three: 3x3x3, 1x3x3 and 3x1x1 convolutions side by side,
`x_o = [ST(x_st), S(x_s), T(x_t)]`.

Decisions, where the paper is silent:
- Shares that make no whole number of channels are rounded down, and the last
  group takes the rest.
- Table 1's "GST 9 C_in C_out" is Luo and Yuille's module at alpha = beta = 2:
  half the channels 3x3x3, half 1x3x3. In this order of channels it is a GDM
  with r_st = r_s = 1/2. (The default of GST's code, alpha = 4, would be
  6.75 C_in C_out.)
- P3D is Eq. 2 as written, x_o = S(T(x_i)): time first. Section 2.1 says that
  the decomposition doubles the nonlinear units, so a ReLU stands between,
  after a batch normalisation, as in the networks of P3D's own paper.
"""

import math

import keras

from kvideo.layers.checks import check_choice, check_number, check_rank, triple
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.normalization import BatchNorm

# Kinds that are groups side by side: their shares (r_st, r_s).
SHARES = {"c2d": (0, 1), "c3d": (1, 0), "gst": (1 / 2, 1 / 2)}
KINDS = ("gdm", *SHARES, "p3d")
KERNELS = {"st": (3, 3, 3), "s": (1, 3, 3), "t": (3, 1, 1)}
# Room for the rounding of shares such as 0.29 * 100 = 28.999999999999996.
ROUNDING = 1e-9


@keras.saving.register_keras_serializable(package="kvideo")
class GroupedDecomposed(Composite):
    """Convolutions over space-time, space and time, each on its channels.

    Input and output have the same number of channels p, in the order
    [space-time | space | time]. Weights: (27 r_st^2 + 9 r_s^2 + 3 r_t^2) p^2
    with r_t = 1 - r_st - r_s, no bias: 33/8 p^2 at the default shares.

    Args:
        r_st: Share of the 3x3x3 group, 0 to 1; for `kind="gdm"` alone.
        r_s: Share of the 1x3x3 group, 0 to 1; for `kind="gdm"` alone. The
            3x1x1 group has what is left. A group of share 0 is absent.
        strides: Integer or three, (T, H, W).
        kind: `"gdm"`, or another row of the paper's Table 1: `"c2d"` (1x3x3),
            `"c3d"` (3x3x3), `"gst"` (half and half), `"p3d"` (3x1x1, batch
            normalisation, ReLU, 1x3x3, on all channels).
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C). Any of B, T, H, W may be unknown.
    Output shape:
        (B, T', H', W', C), each axis ceil(length / stride).
    Raises:
        ValueError: If a share is not in [0, 1], both add up to more than 1,
            or a share above 0 gives its group no channel.
    """

    def __init__(self, r_st=1 / 4, r_s=1 / 2, strides=1, kind="gdm", **kwargs):
        super().__init__(**kwargs)
        check_choice("kind", kind, KINDS)
        check_number("r_st", r_st)
        check_number("r_s", r_s)
        _check_shares(r_st, r_s)
        self.r_st = r_st
        self.r_s = r_s
        self.strides = triple("strides", strides)
        self.kind = kind

    def build(self, input_shape):
        check_rank(self, input_shape)
        channels = input_shape[-1]
        frames, *space = self.strides
        if self.kind == "p3d":
            self.groups = {"t": (0, channels), "s": (0, channels)}
            steps = {"t": (frames, 1, 1), "s": (1, *space)}
            self.norm = BatchNorm(name="norm", dtype=self.dtype_policy)
            self.norm.build((*input_shape[:-1], channels))
        else:
            shares = SHARES.get(self.kind, (self.r_st, self.r_s))
            self.groups = channel_groups(channels, *shares)
            steps = dict.fromkeys(self.groups, self.strides)
        self.convs = {
            name: Conv3D(
                stop - start,
                KERNELS[name],
                steps[name],
                name=name,
                dtype=self.dtype_policy,
            )
            for name, (start, stop) in self.groups.items()
        }
        for conv in self.convs.values():
            conv.build((*input_shape[:-1], conv.filters))

    def call(self, inputs, training=None):
        if self.kind == "p3d":
            x = self.norm(self.convs["t"](inputs), training=training)
            return self.convs["s"](keras.ops.relu(x))
        convs = list(self.convs.values())
        if len(convs) == 1:
            return convs[0](inputs)
        ends = [stop for _, stop in self.groups.values()]
        parts = keras.ops.split(inputs, ends[:-1], axis=-1)
        parts = [conv(x) for conv, x in zip(convs, parts, strict=True)]
        return keras.ops.concatenate(parts, axis=-1)

    def image_parts(self):
        """Which channels of a 2-D kernel (3, 3, C, C) are whose, section 3.2.

        A group of the channels [start, stop) takes the block of the 2-D
        kernel from these input channels to these output channels, so that
        every channel keeps the meaning that it has for the layers around. The
        3x1x1 group has no counterpart, nor has the normalisation of P3D.

        Returns:
            List of (convolution, slice of the input channels, slice of the
            output channels) of a built layer.
        """
        return [
            (self.convs[name], slice(*channels), slice(*channels))
            for name, channels in self.groups.items()
            if KERNELS[name][1] == 3
        ]

    def compute_output_shape(self, input_shape):
        lengths = (
            None if length is None else -(-length // stride)
            for length, stride in zip(
                input_shape[1:4], self.strides, strict=True
            )
        )
        return (input_shape[0], *lengths, input_shape[-1])

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip."""
        macs, lengths = 0, input_shape[:-1]
        for conv in self.convs.values():
            shape = (*lengths, conv.filters)
            result = conv.compute_output_shape(shape)
            macs += conv.count_macs(shape, result)
            if self.kind == "p3d":
                lengths = result[:-1]
        return macs

    def get_config(self):
        return {
            **super().get_config(),
            "r_st": self.r_st,
            "r_s": self.r_s,
            "strides": self.strides,
            "kind": self.kind,
        }


def channel_groups(channels, r_st, r_s):
    """The groups that are there, in order, and their channels.

    Args:
        channels: All channels p.
        r_st: Share of the 3x3x3 group.
        r_s: Share of the 1x3x3 group.

    Returns:
        Dict with some of the keys `"st"`, `"s"`, `"t"`; values (start, stop).
    Raises:
        ValueError: If a share above 0 leaves its group no channel.
    """
    shares = {"st": r_st, "s": r_s, "t": 1 - r_st - r_s}
    shares = {name: r for name, r in shares.items() if r > ROUNDING}
    *most, last = shares
    groups, start = {}, 0
    for name in most:
        stop = start + math.floor(shares[name] * channels + ROUNDING)
        groups[name] = (start, stop)
        start = stop
    groups[last] = (start, channels)
    for name, (start, stop) in groups.items():
        if start == stop:
            raise ValueError(
                f"A share of {shares[name]:.3g} leaves the {name.upper()} "
                f"group none of {channels} channels. Received: r_st={r_st}, "
                f"r_s={r_s}. Use a larger share, more channels, or a share of "
                "0 to do without the group."
            )
    return groups


def _check_shares(r_st, r_s):
    for name, share in (("r_st", r_st), ("r_s", r_s)):
        if not 0 <= share <= 1:
            raise ValueError(
                f"`{name}` is a share of the channels, 0 to 1. Received: "
                f"{name}={share}."
            )
    if r_st + r_s > 1 + ROUNDING:
        raise ValueError(
            "`r_st` and `r_s` are shares of the same channels and may add up "
            f"to 1 at most. Received: r_st={r_st}, r_s={r_s}."
        )
