"""Convolution over (T, H, W) through the fast forms of `kvideo.ops`.

Every convolution of the package is this layer, 2-D ones as (1, k, k). It
differs from `keras.layers.Conv3D` in three ways: groups are fast on a CPU
(Keras compiles one there with XLA at each call), strides go together with
dilation (Keras refuses), and padding is symmetric as in PyTorch, which is
what the papers' weights expect (Keras' "same" pads more at the end when the
stride is 2).
"""

from math import prod

import keras

from kvideo import ops
from kvideo.layers.checks import (
    check_count,
    check_flag,
    check_rank,
    conv_length,
    triple,
)


@keras.saving.register_keras_serializable(package="kvideo")
class Conv3D(keras.layers.Layer):
    """3-D convolution, grouped and dilated at will, symmetric padding.

    Args:
        filters: Number of output channels.
        kernel_size: Odd integer or three of them, (T, H, W).
        strides: Integer or three, (T, H, W).
        padding: "half" pads `dilation * (kernel - 1) / 2` zeros at both ends
            of each axis (the length stays at stride 1); "valid" pads none.
        dilation_rate: Integer or three, (T, H, W).
        groups: Number of channel groups; `groups == channels == filters` is
            a depthwise convolution.
        use_bias: Whether to add a bias. Most convolutions here are followed
            by batch normalisation and have none.
        kernel_initializer: Default: He normal over the outgoing connections,
            as in the papers' code.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C). Any of B, T, H, W may be unknown.
    Output shape:
        (B, T', H', W', filters).
    Raises:
        ValueError: If `groups` does not divide the channels and the filters.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="half",
        dilation_rate=1,
        groups=1,
        use_bias=False,
        kernel_initializer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_count("filters", filters)
        check_count("groups", groups)
        check_flag("use_bias", use_bias)
        self.filters = filters
        self.kernel_size = triple("kernel_size", kernel_size)
        self.strides = triple("strides", strides)
        self.dilation_rate = triple("dilation_rate", dilation_rate)
        self.groups = groups
        self.use_bias = use_bias
        self.padding = padding
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or he_normal_fan_out()
        )
        self._check_arguments()

    def _check_arguments(self):
        if self.padding not in ("half", "valid"):
            raise ValueError(
                "`padding` must be 'half' or 'valid'. Received: "
                f"padding={self.padding!r}."
            )
        if self.padding == "half" and any(k % 2 == 0 for k in self.kernel_size):
            raise ValueError(
                "padding='half' needs odd kernel sizes. Received: "
                f"kernel_size={self.kernel_size}."
            )
        if self.filters % self.groups:
            raise ValueError(
                "`groups` must divide `filters`. Received: "
                f"groups={self.groups}, filters={self.filters}."
            )

    @property
    def pads(self):
        """Zeros added at each end of (T, H, W)."""
        if self.padding == "valid":
            return (0, 0, 0)
        return tuple(
            d * (k // 2)
            for k, d in zip(self.kernel_size, self.dilation_rate, strict=True)
        )

    def build(self, input_shape):
        check_rank(self, input_shape)
        channels = input_shape[-1]
        if channels % self.groups:
            raise ValueError(
                "`groups` must divide the input channels. Received: "
                f"groups={self.groups}, input shape={tuple(input_shape)}."
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.filters,), initializer="zeros"
            )

    def call(self, inputs):
        return ops.conv3d(
            inputs,
            self.kernel,
            strides=self.strides,
            padding=self.pads,
            dilation_rate=self.dilation_rate,
            groups=self.groups,
            bias=self.bias if self.use_bias else None,
        )

    def compute_output_shape(self, input_shape):
        lengths = (
            conv_length(*axis)
            for axis in zip(
                input_shape[1:4],
                self.kernel_size,
                self.strides,
                self.pads,
                self.dilation_rate,
                strict=True,
            )
        )
        return (input_shape[0], *lengths, self.filters)

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip."""
        kt, kh, kw = self.kernel_size
        _, t, h, w, filters = output_shape
        per_position = kt * kh * kw * input_shape[-1] // self.groups * filters
        return t * h * w * per_position

    def count_hooks(self, input_shape, output_shape):
        """The same, and one for each value that a bias is added to."""
        macs = self.count_macs(input_shape, output_shape)
        return macs + prod(output_shape[1:]) * self.use_bias

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
        }


def he_normal_fan_out():
    """Kaiming-normal over the fan-out, as in torchvision's networks."""
    return keras.initializers.VarianceScaling(
        scale=2.0, mode="fan_out", distribution="untruncated_normal"
    )


def torch_uniform():
    """PyTorch's own initial weights of a convolution: +-sqrt(1 / fan-in)."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
