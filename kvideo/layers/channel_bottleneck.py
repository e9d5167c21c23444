"""Two 1x1x1 convolutions around fewer channels: what channel attentions share.

Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018, excite with one;
CBAM, GCNet and Huang's thesis (Eq. 4.13) vary what stands in its middle.
"""

import keras

from kvideo.layers.checks import check_rank, is_count
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D


@keras.saving.register_keras_serializable(package="kvideo")
class ChannelBottleneck(Composite):
    """`up(ReLU(norm(down(x))))`, both convolutions with bias.

    Parameters, with h = max(C // reduction, 1): 2 C h + h + C, and those of
    the normalisation.

    Args:
        reduction: C over the channels between the convolutions, at least 1.
        norm: A layer that stands behind the first convolution, or None.
        zero_up: Whether the second convolution starts at 0, and so the
            output.
        **kwargs: `name`, `dtype`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
    Raises:
        ValueError: If `reduction` is no positive integer.
    """

    def __init__(self, reduction=16, norm=None, zero_up=False, **kwargs):
        super().__init__(**kwargs)
        check_reduction(reduction)
        self.reduction = reduction
        self.norm = norm
        self.zero_up = zero_up

    def build(self, input_shape):
        check_rank(self, input_shape)
        channels = input_shape[-1]
        narrow = max(channels // self.reduction, 1)
        self.down = self._conv(narrow, "down")
        self.up = self._conv(
            channels, "up", kernel_initializer="zeros" if self.zero_up else None
        )
        inside = (*input_shape[:-1], narrow)
        self.down.build(input_shape)
        if self.norm is not None:
            self.norm.build(inside)
        self.up.build(inside)

    def _conv(self, filters, name, **kwargs):
        return Conv3D(
            filters,
            1,
            use_bias=True,
            name=name,
            dtype=self.dtype_policy,
            **kwargs,
        )

    def call(self, inputs, training=None):
        x = self.down(inputs)
        if self.norm is not None:
            x = self.norm(x, training=training)
        return self.up(keras.ops.relu(x))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "reduction": self.reduction,
            "norm": keras.saving.serialize_keras_object(self.norm),
            "zero_up": self.zero_up,
        }

    @classmethod
    def from_config(cls, config):
        norm = keras.saving.deserialize_keras_object(config["norm"])
        return cls(**{**config, "norm": norm})


def check_reduction(reduction):
    """Raise a ValueError unless `reduction` is a positive integer."""
    if not is_count(reduction):
        raise ValueError(
            "`reduction` must be a positive integer: the channels over those "
            f"inside. Received: reduction={reduction!r}."
        )
