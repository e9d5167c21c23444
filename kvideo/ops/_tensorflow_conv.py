"""Dense and grouped 3-D convolutions for TensorFlow: the train form.

`tf.nn.conv3d` on a CPU is oneDNN: fast dense, and dilated too. It knows no
groups there, and Keras' way out (XLA, compiled anew for each call) is five to
sixty times slower than one convolution for each group.
"""

import functools

import tensorflow as tf

from kvideo.ops.pad import name_padding

# At so few channels a group, or with a stride, oneDNN does better on four
# groups in one block-diagonal kernel (three quarters of it zeros).
SMALL_GROUP = 4
MERGED_GROUPS = 4


def conv3d(x, kernel, strides, padding, dilations, groups):
    """See `kvideo.ops.conv3d`."""
    window = kernel.shape[:3]
    x, name = name_padding(x, window, strides, padding, dilations)
    if groups == 1:
        return _dense(x, kernel, strides, name, dilations)
    kernels = _split_groups(kernel, strides, groups)
    clips = tf.split(x, len(kernels), -1)
    parts = [
        _dense(clip, block, strides, name, dilations)
        for clip, block in zip(clips, kernels, strict=True)
    ]
    return tf.concat(parts, -1)


def _split_groups(kernel, strides, groups):
    """One kernel for each block of groups."""
    small = kernel.shape[3] <= SMALL_GROUP or max(strides) > 1
    if not small or groups % MERGED_GROUPS:
        return tf.split(kernel, groups, -1)
    blocks = tf.split(kernel, groups // MERGED_GROUPS, -1)
    return [_block_diagonal(block, MERGED_GROUPS) for block in blocks]


def _block_diagonal(kernel, groups):
    """(kt, kh, kw, C, groups*O) -> (kt, kh, kw, groups*C, groups*O)."""
    *window, inner, outer = kernel.shape
    spread = tf.reshape(kernel, (*window, 1, inner, groups, outer // groups))
    eye = tf.reshape(tf.eye(groups, dtype=kernel.dtype), (groups, 1, groups, 1))
    return tf.reshape(spread * eye, (*window, groups * inner, outer))


def _dense(x, kernel, strides, padding, dilations):
    if max(dilations) == 1 or _dilates_natively():
        return _conv3d_op(x, kernel, strides, padding, dilations)
    return tf.nn.convolution(
        x,
        kernel,
        padding=padding,
        data_format="NDHWC",
        dilations=dilations,
    )


def _conv3d_op(x, kernel, strides, padding, dilations):
    strides, dilations = (1, *strides, 1), (1, *dilations, 1)
    return tf.nn.conv3d(x, kernel, strides, padding, dilations=dilations)


@functools.cache
def _dilates_natively():
    """Whether conv3d takes dilations here: without oneDNN it does not."""
    with tf.init_scope():
        clip, kernel = tf.zeros((1, 3, 3, 3, 1)), tf.zeros((2, 2, 2, 1, 1))
        try:
            _conv3d_op(clip, kernel, (1, 1, 1), "VALID", (2, 2, 2))
        except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
            return False
    return True
