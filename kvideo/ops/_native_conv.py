"""Convolutions as Keras writes them: for JAX, for PyTorch and for GPUs."""

from keras import ops

from kvideo.ops.arguments import every
from kvideo.ops.pad import pad_clip

__all__ = ["conv3d", "depthwise_conv3d", "every"]


def conv3d(x, kernel, strides, padding, dilations, groups):
    """See `kvideo.ops.conv3d`; `groups` follows from the kernel's shape."""
    return ops.conv(
        pad_clip(x, padding),
        kernel,
        strides=strides,
        padding="valid",
        data_format="channels_last",
        dilation_rate=dilations,
    )


def add_bias(y, bias):
    """`bias` (C,) at every position."""
    return y + bias


def depthwise_conv3d(x, kernel, strides, padding, bias):
    """See `kvideo.ops.depthwise_conv3d`: as many groups as channels."""
    kernel = ops.expand_dims(kernel, axis=3)
    channels = x.shape[-1]
    y = conv3d(x, kernel, strides, padding, (1, 1, 1), channels)
    return y if bias is None else add_bias(y, bias)
