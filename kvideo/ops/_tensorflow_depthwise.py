"""Depthwise 3-D convolution out of 2-D ones, with a gradient of its own.

TensorFlow has no depthwise 3-D kernel for CPUs, but a good 2-D one (oneDNN).
A kernel of kt frames is the sum of kt "taps": 2-D convolutions of the frames
of a clip, moved by one frame each. Left to automatic differentiation this
trains four times slower, because `DepthwiseConv2dNativeBackpropInput` and the
gradients of the slices are slow; the input gradient is the same sum of taps
with the kernel reversed. `docs/speed.md` holds the figures.
"""

import functools
import operator

import tensorflow as tf
from keras import ops

from kvideo.ops.arguments import (
    fold_frames,
    fold_positions,
    output_size,
    unfold_frames,
    unfold_positions,
)
from kvideo.ops.lowering import current_lowering
from kvideo.ops.pad import pad_clip


def depthwise_conv3d(x, kernel, strides, padding, bias=None):
    """See `kvideo.ops.depthwise_conv3d`."""
    if kernel.shape[1:3] == (1, 1) and strides[1:] == (1, 1):
        return _over_time(x, kernel, strides[0], padding, bias)
    if strides[1] == strides[2]:
        return _taps(x, kernel, strides, padding, bias)
    # tf.nn.depthwise_conv2d knows no unequal strides.
    y = _taps(x, kernel, (strides[0], 1, 1), padding, bias)
    return y[:, :, :: strides[1], :: strides[2]]


def _over_time(x, kernel, stride, padding, bias):
    """A kernel (kt, 1, 1): one 2-D convolution over (T, H*W) images."""
    x = pad_clip(x, (0, *padding[1:]))
    taps = kernel.shape[0]
    height, width = ops.shape(x)[2:4]
    kernel = ops.reshape(kernel, (1, taps, 1, -1))
    if stride == 1:
        images = ops.expand_dims(fold_positions(x), 1)
        y = _taps(images, kernel, (1, 1, 1), (0, padding[0], 0), bias)
        return unfold_positions(ops.squeeze(y, 1), height, width)
    if stride == taps and padding[0] == 0:
        y = _taps(_windows(x, taps), kernel, (1, 1, 1), (0, 0, 0), bias)
        return unfold_positions(ops.squeeze(y, 2), height, width)
    kernel = ops.reshape(kernel, (taps, 1, 1, -1))
    return _taps(x, kernel, (stride, 1, 1), (padding[0], 0, 0), bias)


def _windows(x, taps):
    """(B, T, H, W, C) -> (B, T // taps, taps, H*W, C)."""
    _, frames, height, width, channels = ops.shape(x)
    count = frames // taps
    shape = (-1, count, taps, height * width, channels)
    return ops.reshape(x[:, : count * taps], shape)


def _taps(x, kernel, strides, padding, bias):
    x, padding = _at_most_full(x, kernel, padding)
    # Variables would make the gradient ask for more arguments.
    biases = () if bias is None else (tf.convert_to_tensor(bias),)
    if current_lowering() == "mobile":
        return _forward(x, kernel, strides, padding, *biases)

    @tf.custom_gradient
    def convolve(x, kernel, *biases):
        def gradient(dy):
            dx = _input_gradient(x, kernel, dy, strides, padding)
            dk = _kernel_gradient(x, kernel, dy, strides, padding)
            return dx, dk, *(tf.reduce_sum(dy, (0, 1, 2, 3)) for _ in biases)

        return _forward(x, kernel, strides, padding, *biases), gradient

    return convolve(x, kernel, *biases)


def _at_most_full(x, kernel, padding):
    """Write out padding beyond k - 1, which the gradient cannot mirror."""
    sizes = zip(padding, kernel.shape[:3], strict=True)
    beyond = [max(0, p - (k - 1)) for p, k in sizes]
    left = [p - b for p, b in zip(padding, beyond, strict=True)]
    return pad_clip(x, beyond), tuple(left)


def _forward(x, kernel, strides, padding, bias=None):
    stride = strides[1]
    same = _spatial_padding(kernel.shape, stride, padding)
    explicit = not isinstance(same, str)
    if explicit and (kernel.shape[0] == 1 or current_lowering() == "mobile"):
        # Explicit padding with a bias (or a normalisation) right behind it
        # aborts the process: TensorFlow 2.21 loses the numbers when it makes
        # one kernel of the two. TensorFlow Lite has no explicit padding.
        x, same, explicit = pad_clip(x, (0, *padding[1:])), "VALID", False
    images, frames = _tap_images(x, kernel.shape[0], strides[0], padding[0])
    taps = [
        tf.nn.depthwise_conv2d(
            image, kernel[i][..., None], (1, stride, stride, 1), same
        )
        for i, image in enumerate(images)
    ]
    if bias is None:
        return unfold_frames(_sum(taps), frames)
    if explicit:
        return unfold_frames(tf.nn.bias_add(_sum(taps), bias), frames)
    # oneDNN adds a bias while it writes a tap.
    taps[0] = tf.nn.bias_add(taps[0], bias)
    return unfold_frames(_sum(taps), frames)


def _sum(taps):
    # One pass over memory; but TensorFlow Lite quantises ADD, not ADD_N.
    if current_lowering() == "mobile":
        return functools.reduce(operator.add, taps)
    return tf.add_n(taps)


def _tap_images(x, taps, stride, padding):
    """For each tap the frames that it reads, as images, and their number."""
    frames = output_size(ops.shape(x)[1], taps, stride, padding)
    x = pad_clip(x, (padding, 0, 0))
    if taps == 1 and stride == 1:
        return [fold_frames(x)], frames
    if x.shape[0] == 1 and stride == 1:
        # Cuts of the first axis are no copies.
        images = fold_frames(x)
        return [images[i : i + frames] for i in range(taps)], frames
    last = (frames - 1) * stride + 1
    return [
        fold_frames(x[:, i : i + last : stride]) for i in range(taps)
    ], frames


def _spatial_padding(kernel_shape, stride, padding):
    """SAME or VALID where they say the same: TensorFlow Lite knows no other."""
    rows, columns = padding[1:]
    if rows == columns == 0:
        return "VALID"
    full = (2 * rows + 1, 2 * columns + 1)
    if stride == 1 and tuple(kernel_shape[1:3]) == full:
        return "SAME"
    return [[0, 0], [rows, rows], [columns, columns], [0, 0]]


def _input_gradient(x, kernel, dy, strides, padding):
    for axis, stride in enumerate(strides):
        if stride > 1:
            size, taps = ops.shape(x)[axis + 1], kernel.shape[axis]
            length = output_size(size, taps, 1, padding[axis])
            dy = _spread(dy, axis + 1, stride, length)
    sizes = zip(kernel.shape[:3], padding, strict=True)
    mirrored = tuple(k - 1 - p for k, p in sizes)
    return _forward(dy, kernel[::-1, ::-1, ::-1], (1, 1, 1), mirrored)


def _spread(dy, axis, stride, length):
    """Put `stride - 1` zeros after each position; keep `length` of them."""
    shape = ops.shape(dy)
    widths = [(0, 0)] * 6
    widths[axis + 1] = (0, stride - 1)
    dy = tf.pad(tf.expand_dims(dy, axis + 1), widths)
    spread = (*shape[:axis], shape[axis] * stride, *shape[axis + 1 :])
    dy = tf.reshape(dy, spread)
    index = [slice(None)] * 5
    index[axis] = slice(0, length)
    return dy[tuple(index)]


def _kernel_gradient(x, kernel, dy, strides, padding):
    taps, rows, columns, channels = kernel.shape
    images, _ = _tap_images(x, taps, strides[0], padding[0])
    stride = (1, strides[1], strides[1], 1)
    same = _spatial_padding(kernel.shape, strides[1], padding)
    sizes, dy = (rows, columns, channels, 1), fold_frames(dy)
    gradients = [
        tf.nn.depthwise_conv2d_backprop_filter(image, sizes, dy, stride, same)
        for image in images
    ]
    return tf.stack(gradients)[..., 0]
