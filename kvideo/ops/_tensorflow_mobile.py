"""Dense and grouped 3-D convolutions for TensorFlow Lite: the mobile form.

TensorFlow Lite's CONV_3D is slow, has no int8 kernel, no groups and no
dilations. CONV_2D has all of these, so a kernel of kt frames becomes the sum
of kt 2-D convolutions over the frames of a clip.
"""

import functools
import operator

import tensorflow as tf
from keras import ops

from kvideo.ops.arguments import (
    every,
    fold_frames,
    fold_positions,
    output_size,
    unfold_frames,
    unfold_positions,
)
from kvideo.ops.pad import name_padding, pad_clip

__all__ = ["conv3d", "every"]


def conv3d(x, kernel, strides, padding, dilations, groups):
    """See `kvideo.ops.conv3d`; `groups` follows from the kernel's shape."""
    if kernel.shape[1:3] == (1, 1) and strides[1:] == (1, 1):
        return _over_time(x, kernel, strides[0], padding, dilations[0])
    return _taps(x, kernel, strides, padding, dilations)


def add_bias(y, bias):
    """`bias` (C,) at every position."""
    return y + bias


def _over_time(x, kernel, stride, padding, dilation):
    """A kernel (kt, 1, 1): one 2-D convolution over (T, H*W) images."""
    x = pad_clip(x, (0, *padding[1:]))
    height, width = ops.shape(x)[2:4]
    # A unit axis in front of T turns time into the rows of one frame.
    images = ops.expand_dims(fold_positions(x), 1)
    kernel = tf.transpose(kernel, (1, 0, 2, 3, 4))
    padding, dilations = (0, padding[0], 0), (1, dilation, 1)
    y = _taps(images, kernel, (1, stride, 1), padding, dilations)
    return unfold_positions(ops.squeeze(y, 1), height, width)


def _taps(x, kernel, strides, padding, dilations):
    taps, step = kernel.shape[0], dilations[0]
    x = pad_clip(x, (padding[0], 0, 0))
    window, in_space = (1, *kernel.shape[1:3]), (0, *padding[1:])
    x, name = name_padding(x, window, (1, *strides[1:]), in_space, dilations)
    images, frames = _tap_images(x, taps, step, strides[0])
    parts = [
        tf.nn.conv2d(
            image, kernel[i], strides[1:], name, dilations=dilations[1:]
        )
        for i, image in enumerate(images)
    ]
    # Python's sum of ADDs, because TensorFlow Lite cannot quantise ADD_N.
    return unfold_frames(functools.reduce(operator.add, parts), frames)


def _tap_images(x, taps, step, stride):
    """For each tap the frames that it reads, as images, and their number."""
    frames = output_size(ops.shape(x)[1], step * (taps - 1) + 1, stride, 0)
    if taps == 1 and stride == 1:
        # TensorFlow Lite copies the clip for a slice that takes all of it.
        return [fold_frames(x)], frames
    last = (frames - 1) * stride + 1
    starts = range(0, taps * step, step)
    return [fold_frames(x[:, i : i + last : stride]) for i in starts], frames
