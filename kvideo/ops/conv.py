"""3-D convolutions: the checks, and the choice of the kernel by backend."""

import keras
from keras import ops

from kvideo.ops import _native_conv
from kvideo.ops.arguments import (
    check_clip,
    check_fits,
    common_steps,
    triple,
)
from kvideo.ops.lowering import current_lowering
from kvideo.ops.pad import pad_clip


def conv3d(
    x, kernel, strides=1, padding=0, dilation_rate=1, groups=1, bias=None
):
    """3-D convolution (cross-correlation), grouped and dilated if asked.

    Args:
        x: clips, (B, T, H, W, C).
        kernel: (kt, kh, kw, C // groups, O). Output channels
            `[g * O // groups, (g + 1) * O // groups)` see the g-th block of
            input channels, as in Keras and PyTorch.
        strides: int or three ints (T, H, W).
        padding: int or three ints, zeros added on *each* side of an axis.
        dilation_rate: int or three ints. Unlike Keras' `Conv3D`, strides and
            dilations above 1 may be combined.
        groups: int that divides C and O.
        bias: (O,), added to every position, or None.

    Returns:
        Clips, (B, T', H', W', O), with
        `(size + 2 * padding - dilation * (k - 1) - 1) // stride + 1`
        positions on each axis.

    Raises:
        ValueError: if ranks, channels, groups or sizes do not fit.
    """
    strides = triple(strides, "strides", minimum=1)
    padding = triple(padding, "padding", minimum=0)
    dilations = triple(dilation_rate, "dilation_rate", minimum=1)
    _check_conv(x, kernel, groups)
    extent = tuple(
        d * (k - 1) + 1
        for k, d in zip(kernel.shape[:3], dilations, strict=True)
    )
    check_fits(x, extent, strides, padding, "kernel")
    kernel = ops.convert_to_tensor(kernel)
    if groups == x.shape[-1] == kernel.shape[4] and max(dilations) == 1:
        kernel = ops.squeeze(kernel, axis=3)
        return _convolve_depthwise(x, kernel, strides, padding, bias)
    kernels = _kernels()
    x, *geometry = _thin(x, strides, padding, dilations, kernels.every)
    y = kernels.conv3d(x, kernel, *geometry, groups)
    return (
        y if bias is None else kernels.add_bias(y, ops.convert_to_tensor(bias))
    )


def depthwise_conv3d(x, kernel, strides=1, padding=0, bias=None):
    """3-D convolution of every channel with a kernel of its own.

    Args:
        x: clips, (B, T, H, W, C).
        kernel: (kt, kh, kw, C).
        strides: int or three ints (T, H, W).
        padding: int or three ints, zeros added on *each* side of an axis.
        bias: (C,), added to every position, or None.

    Returns:
        Clips, (B, T', H', W', C), with
        `(size + 2 * padding - k) // stride + 1` positions on each axis.

    Raises:
        ValueError: if ranks, channels or sizes do not fit.
    """
    strides = triple(strides, "strides", minimum=1)
    padding = triple(padding, "padding", minimum=0)
    _check_depthwise(x, kernel)
    check_fits(x, kernel.shape[:3], strides, padding, "kernel")
    kernel = ops.convert_to_tensor(kernel)
    return _convolve_depthwise(x, kernel, strides, padding, bias)


def _convolve_depthwise(x, kernel, strides, padding, bias):
    bias = None if bias is None else ops.convert_to_tensor(bias)
    if _tensorflow():
        from kvideo.ops import _tensorflow_depthwise as kernels
    else:
        kernels = _native_conv
    return kernels.depthwise_conv3d(x, kernel, strides, padding, bias)


def _kernels():
    """The module of the backend and of the lowering that is in force."""
    if not _tensorflow():
        return _native_conv
    if current_lowering() == "mobile":
        from kvideo.ops import _tensorflow_mobile as kernels
    else:
        from kvideo.ops import _tensorflow_conv as kernels
    return kernels


def _tensorflow():
    # The TensorFlow kernels import TensorFlow, which other backends may lack.
    return keras.backend.backend() == "tensorflow"


def _thin(x, strides, padding, dilations, every):
    """Remove from each axis what its stride and dilation have in common.

    With g = gcd(stride, dilation) every read falls on a multiple of g: the
    clip may be thinned by g first, and there is less to pad and to read.
    """
    steps = common_steps(strides, dilations)
    if max(steps) == 1:
        return x, strides, padding, dilations
    # Padding that is no multiple of the step moves where the reads begin.
    uneven = [p if p % g else 0 for p, g in zip(padding, steps, strict=True)]
    x = every(pad_clip(x, uneven), steps)
    padding = [p - q for p, q in zip(padding, uneven, strict=True)]
    sizes = strides, padding, dilations
    return x, *(_divided(size, steps) for size in sizes)


def _divided(values, steps):
    return tuple(v // g for v, g in zip(values, steps, strict=True))


def _check_conv(x, kernel, groups):
    check_clip(x)
    if len(kernel.shape) != 5:
        raise ValueError(
            "`kernel` must have the axes (kt, kh, kw, C // groups, O). "
            f"Received: kernel.shape={tuple(kernel.shape)}"
        )
    channels, (inner, outer) = x.shape[-1], kernel.shape[3:]
    if groups < 1 or inner * groups != channels or outer % groups:
        raise ValueError(
            "`groups` must divide the channels of `x` and the filters of "
            "`kernel`, and `kernel.shape[3]` must be C // groups. Received: "
            f"x.shape={tuple(x.shape)}, kernel.shape={tuple(kernel.shape)}, "
            f"groups={groups}"
        )


def _check_depthwise(x, kernel):
    check_clip(x)
    if len(kernel.shape) != 4 or kernel.shape[3] != x.shape[-1]:
        raise ValueError(
            "`kernel` must have the axes (kt, kh, kw, C) with the channels of "
            f"`x`. Received: x.shape={tuple(x.shape)}, "
            f"kernel.shape={tuple(kernel.shape)}"
        )
