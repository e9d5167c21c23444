"""Dense and grouped 3-D convolutions for TensorFlow: the train form.

`tf.nn.conv3d` on a CPU is oneDNN: fast dense, and dilated too. It knows no
groups there, and Keras' way out (XLA, compiled anew for each call) is five to
sixty times slower than one convolution for each group.
"""

import functools
import math

import tensorflow as tf

from kvideo.ops.pad import name_padding

# Where groups have fewer channels than this, oneDNN does better on several of
# them in one block-diagonal kernel, although most of it is zeros.
BLOCK_CHANNELS = 16


def conv3d(x, kernel, strides, padding, dilations, groups):
    """See `kvideo.ops.conv3d`."""
    window = kernel.shape[:3]
    x, name = name_padding(x, window, strides, padding, dilations)
    if groups == 1:
        return _dense(x, kernel, strides, name, dilations)
    kernels = _split_groups(kernel, groups)
    clips = tf.split(x, len(kernels), -1)
    parts = [
        _dense(clip, block, strides, name, dilations)
        for clip, block in zip(clips, kernels, strict=True)
    ]
    return tf.concat(parts, -1)


def add_bias(y, bias):
    """`bias` (C,) at every position.

    With this operation TensorFlow makes one kernel of a convolution, its
    bias, a residual addition and ReLU. A plain `+` is merged with the
    residual addition first and keeps both out.
    """
    return tf.nn.bias_add(y, bias)


def every(x, steps):
    """`x[:, ::steps[0], ::steps[1], ::steps[2]]`.

    A pooling of one position, because TensorFlow's strided slices take five
    times as long; a CPU has it in two types alone.
    """
    if x.dtype not in (tf.float32, tf.bfloat16):
        return x[:, :: steps[0], :: steps[1], :: steps[2]]
    return tf.nn.avg_pool3d(x, 1, (1, *steps, 1), "VALID")


def _split_groups(kernel, groups):
    """One kernel for each block of groups."""
    merged = math.gcd(groups, max(1, BLOCK_CHANNELS // kernel.shape[3]))
    blocks = tf.split(kernel, groups // merged, -1)
    if merged == 1:
        return blocks
    return [_block_diagonal(block, merged) for block in blocks]


def _block_diagonal(kernel, groups):
    """(kt, kh, kw, C, groups*O) -> (kt, kh, kw, groups*C, groups*O)."""
    *window, inner, outer = kernel.shape
    spread = tf.reshape(kernel, (*window, 1, inner, groups, outer // groups))
    eye = tf.reshape(tf.eye(groups, dtype=kernel.dtype), (groups, 1, groups, 1))
    return tf.reshape(spread * eye, (*window, groups * inner, outer))


def _dense(x, kernel, strides, padding, dilations):
    # TensorFlow 2.21 exchanges the dilations of H and W where it infers the
    # shape of the result.
    sound = dilations[1] == dilations[2]
    if max(dilations) == 1 or (sound and _dilates_natively(x.dtype)):
        return _conv3d_op(x, kernel, strides, padding, dilations)
    # This one takes no stride together with a dilation.
    y = tf.nn.convolution(
        x,
        kernel,
        padding=padding,
        data_format="NDHWC",
        dilations=dilations,
    )
    return every(y, strides) if max(strides) > 1 else y


def _conv3d_op(x, kernel, strides, padding, dilations):
    strides, dilations = (1, *strides, 1), (1, *dilations, 1)
    return tf.nn.conv3d(x, kernel, strides, padding, dilations=dilations)


@functools.cache
def _dilates_natively(dtype):
    """Whether conv3d takes dilations here: on a CPU oneDNN alone does, and
    not in float16 and float64."""
    with tf.init_scope():
        clip = tf.zeros((1, 3, 3, 3, 1), dtype)
        kernel = tf.zeros((2, 2, 2, 1, 1), dtype)
        try:
            _conv3d_op(clip, kernel, (2, 2, 2), "VALID", (2, 2, 2))
        except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
            return False
    return True
