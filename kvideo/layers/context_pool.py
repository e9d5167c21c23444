"""One vector for a clip: an average whose weights are learned.

Cao et al., "GCNet: Non-local Networks Meet Squeeze-Excitation Networks and
Beyond", ICCV Workshops 2019, section 3.2: a non-local block whose weights are
the same for all queries.
"""

import keras

from kvideo import ops
from kvideo.layers.checks import check_rank
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D


@keras.saving.register_keras_serializable(package="kvideo")
class ContextPool(Composite):
    """Averages a clip with the softmax of a 1x1x1 convolution, C + 1 weights.

    Args:
        **kwargs: `name`, `dtype`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        (B, 1, 1, 1, C).
    """

    def build(self, input_shape):
        check_rank(self, input_shape)
        self.logits = Conv3D(
            1, 1, use_bias=True, name="logits", dtype=self.dtype_policy
        )
        self.logits.build(input_shape)

    def call(self, inputs):
        logits = ops.flatten_positions(self.logits(inputs))
        # Shares of thousands of positions lose digits in half precision.
        weights = keras.ops.softmax(keras.ops.cast(logits, "float32"), axis=1)
        weights = keras.ops.cast(weights, inputs.dtype)
        context = keras.ops.matmul(
            keras.ops.swapaxes(weights, 1, 2), ops.flatten_positions(inputs)
        )
        return keras.ops.expand_dims(context, (1, 2))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 1, 1, 1, input_shape[-1])

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip: the weights and the average."""
        _, t, h, w, channels = input_shape
        return 2 * t * h * w * channels
