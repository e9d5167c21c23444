"""Dense and grouped 3-D convolutions for TensorFlow, in both lowerings.

`tf.nn.conv3d` on a CPU is oneDNN: fast dense, and dilated too. It knows no
groups there, and Keras' way out (XLA, compiled anew for each call) is five to
sixty times slower than one convolution for each group.
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

# Below this many channels a group, or with a stride, oneDNN does better on
# four groups in one block-diagonal kernel (three quarters of it zeros).
SMALL_GROUP = 4
MERGED_GROUPS = 4


def conv3d(x, kernel, strides, padding, dilations, groups):
    """See `kvideo.ops.conv3d`."""
    if kernel.shape[1:3] == (1, 1) and strides[1:] == (1, 1):
        return _over_time(x, kernel, strides, padding, dilations, groups)
    return _convolve(x, kernel, strides, padding, dilations, groups)


def _over_time(x, kernel, strides, padding, dilations, groups):
    """A kernel (kt, 1, 1): one 2-D convolution over (T, H*W) images."""
    x = pad_clip(x, (0, *padding[1:]))
    height, width = ops.shape(x)[2:4]
    y = _convolve(
        fold_positions(x)[:, None],
        tf.expand_dims(kernel[:, :, 0], 0),
        (1, strides[0], 1),
        (0, padding[0], 0),
        (1, dilations[0], 1),
        groups,
    )
    return unfold_positions(y[:, 0], height, width)


def _convolve(x, kernel, strides, padding, dilations, groups):
    x, same = _name_padding(x, kernel, strides, padding, dilations)
    if current_lowering() == "mobile":
        return _taps(x, kernel, strides, same, dilations)
    if groups == 1:
        return _dense(x, kernel, strides, same, dilations)
    kernels, blocks = _split_groups(kernel, strides, groups)
    parts = [
        _dense(part, block, strides, same, dilations)
        for part, block in zip(tf.split(x, blocks, -1), kernels, strict=True)
    ]
    return tf.concat(parts, -1)


def _name_padding(x, kernel, strides, padding, dilations):
    """SAME where it is symmetric, which saves a copy; else pad, then VALID."""
    full = tuple(
        d * (k - 1) for k, d in zip(kernel.shape[:3], dilations, strict=True)
    )
    doubled = tuple(2 * p for p in padding)
    if any(padding) and full == doubled and max(strides) == 1:
        return x, "SAME"
    return pad_clip(x, padding), "VALID"


def _split_groups(kernel, strides, groups):
    """Kernels for each block of groups, and the number of blocks."""
    small = kernel.shape[3] <= SMALL_GROUP or max(strides) > 1
    merged = MERGED_GROUPS if small and groups % MERGED_GROUPS == 0 else 1
    blocks = tf.split(kernel, groups // merged, -1)
    if merged > 1:
        blocks = [_block_diagonal(block, merged) for block in blocks]
    return blocks, groups // merged


def _block_diagonal(kernel, groups):
    """(kt, kh, kw, C, groups*O) -> (kt, kh, kw, groups*C, groups*O)."""
    *window, inner, outer = kernel.shape
    spread = tf.reshape(kernel, (*window, 1, inner, groups, outer // groups))
    eye = tf.reshape(tf.eye(groups, dtype=kernel.dtype), (groups, 1, groups, 1))
    return tf.reshape(spread * eye, (*window, groups * inner, outer))


def _dense(x, kernel, strides, same, dilations):
    if kernel.shape[0] == 1 and max(dilations) == 1:
        return _taps(x, kernel, strides, same, dilations)
    convolve = tf.nn.convolution
    if max(dilations) == 1 or _dilates_natively():
        convolve = _conv3d_op
    return convolve(
        x,
        kernel,
        strides=strides,
        padding=same,
        data_format="NDHWC",
        dilations=dilations,
    )


def _conv3d_op(x, kernel, strides, padding, data_format, dilations):
    return tf.nn.conv3d(
        x,
        kernel,
        strides=(1, *strides, 1),
        padding=padding,
        data_format=data_format,
        dilations=(1, *dilations, 1),
    )


@functools.cache
def _dilates_natively():
    """Whether conv3d takes dilations here: without oneDNN it does not."""
    with tf.init_scope():
        try:
            clip, kernel = tf.zeros((1, 3, 3, 3, 1)), tf.zeros((2, 2, 2, 1, 1))
            _conv3d_op(clip, kernel, (1,) * 3, "VALID", "NDHWC", (2,) * 3)
        except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
            return False
    return True


def _taps(x, kernel, strides, same, dilations):
    """The sum of one 2-D convolution for each frame of the kernel."""
    taps, step = kernel.shape[0], dilations[0]
    if same == "SAME":
        x = pad_clip(x, (step * (taps - 1) // 2, 0, 0))
    extent = step * (taps - 1) + 1
    frames = output_size(ops.shape(x)[1], extent, strides[0], 0)
    last = (frames - 1) * strides[0] + 1
    parts = [
        tf.nn.conv2d(
            fold_frames(x[:, i * step : i * step + last : strides[0]]),
            kernel[i],
            strides[1:],
            same,
            dilations=dilations[1:],
        )
        for i in range(taps)
    ]
    return unfold_frames(functools.reduce(operator.add, parts), frames)
