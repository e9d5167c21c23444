"""Grouped spatial-temporal aggregation (GST).

Paper: C. Luo, A. Yuille, "Grouped Spatial-Temporal Aggregation for Efficient
Action Recognition", ICCV 2019, Figure 3 (d), and (b) for GST-Large. Side by
side, a 1x3x3 convolution makes all but one in alpha of the output channels and
a 3x3x3 convolution makes that one:

    y = [S(x_s), ST(x_st)],  y_s : y_st = (alpha - 1) : 1

With beta = 2 the first half of the input is x_s and the second half x_st;
with beta = 1 (GST-Large) both see all of it. At alpha = 4 both convolutions
have as many weights: 27/8 p^2 each for p channels, 27/4 p^2 at beta = 1.

Decisions, taken from the authors' code (chenxuluo/GST-video):
- Space stands before space-time, in the input and in the output.
- alpha must divide the channels: the code then has as many outputs as inputs,
  which the normalisation behind it needs.
- A 2-D network's 3x3 kernel goes into the 1x3x3 convolution, cut to its first
  inputs and outputs, which are the same channels in both; the 3x3x3 stays
  random.
"""

import keras

from kvideo.layers.checks import check_choice, check_rank, is_count, triple
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D

BETAS = (1, 2)


@keras.saving.register_keras_serializable(package="kvideo")
class GroupedSpatialTemporal(Composite):
    """1x3x3 and 3x3x3 convolutions side by side, joined again.

    Input and output have the same number of channels p. Weights, without
    bias: (9 (alpha - 1) + 27) / (alpha beta) p^2, 27/4 p^2 by default.

    Args:
        alpha: One output channel in so many is space-time; at least 2.
        beta: Parts of the input: 2, one for each convolution, or 1, both
            see all channels (GST-Large).
        strides: Integer or three, (T, H, W).
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C). Any of B, T, H, W may be unknown.
    Output shape:
        (B, T', H', W', C), each axis ceil(length / stride).
    Raises:
        ValueError: If alpha or beta do not divide the channels, or do not
            exist.
    """

    def __init__(self, alpha=4, beta=2, strides=1, **kwargs):
        super().__init__(**kwargs)
        if not is_count(alpha, 2):
            raise ValueError(
                "`alpha` must be an integer of at least 2: one channel in so "
                f"many is space-time. Received: alpha={alpha!r}."
            )
        check_choice("beta", beta, BETAS)
        self.alpha = alpha
        self.beta = beta
        self.strides = triple("strides", strides)

    def build(self, input_shape):
        check_rank(self, input_shape)
        channels = input_shape[-1]
        for name in ("alpha", "beta"):
            if channels % getattr(self, name):
                raise ValueError(
                    f"`{name}` must divide the channels. Received: "
                    f"{name}={getattr(self, name)}, input "
                    f"shape={tuple(input_shape)}."
                )
        part = channels // self.alpha
        self.space = self._conv("space", channels - part, (1, 3, 3))
        self.space_time = self._conv("space_time", part, (3, 3, 3))
        for conv in (self.space, self.space_time):
            conv.build((*input_shape[:-1], channels // self.beta))

    def _conv(self, name, filters, kernel_size):
        return Conv3D(
            filters,
            kernel_size,
            self.strides,
            name=name,
            dtype=self.dtype_policy,
        )

    def call(self, inputs):
        space = space_time = inputs
        if self.beta == 2:
            space, space_time = keras.ops.split(inputs, 2, axis=-1)
        return keras.ops.concatenate(
            [self.space(space), self.space_time(space_time)], axis=-1
        )

    def image_parts(self):
        """Which channels of a 2-D kernel (3, 3, C, C) are whose.

        Returns:
            List of (convolution, slice of the input channels, slice of the
            output channels) of a built layer.
        """
        inside, outside = self.space.kernel.shape[-2:]
        return [(self.space, slice(0, inside), slice(0, outside))]

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
        inside = (*input_shape[:-1], input_shape[-1] // self.beta)
        return sum(
            conv.count_macs(inside, (*output_shape[:-1], conv.filters))
            for conv in (self.space, self.space_time)
        )

    def get_config(self):
        return {
            **super().get_config(),
            "alpha": self.alpha,
            "beta": self.beta,
            "strides": self.strides,
        }
