"""The temporal shift as one depthwise convolution over time.

A channel that takes the next frame is a kernel (0, 0, 1). Multiplying by
ones and zeros is exact, and one pass over the clip is 1.3 to 1.7 times faster
than slices, padding and a concatenation (docs/speed.md).
"""

import numpy as np
import tensorflow as tf
from keras import ops

from kvideo.ops.arguments import fold_positions, unfold_positions


def move(x, fold, online, back):
    """The shift of `kvideo.ops.shift_frames`, or with `back` its inverse."""
    first, second = (0, 2) if back else (2, 0)
    if online:
        first = 1
    kernel = np.zeros((3, 1, x.shape[-1], 1))
    kernel[first, :, :fold] = 1
    kernel[second, :, fold : 2 * fold] = 1
    kernel[1, :, 2 * fold :] = 1
    height, width = ops.shape(x)[2:4]
    # Images of (T, H*W): the kernel slides over time alone.
    moved = tf.nn.depthwise_conv2d(
        fold_positions(x), tf.constant(kernel, x.dtype), (1, 1, 1, 1), "SAME"
    )
    return unfold_positions(moved, height, width)
