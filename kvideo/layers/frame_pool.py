"""Spatial average of each frame: where 2-D networks over clips end."""

import keras

from kvideo.layers.checks import check_rank


@keras.saving.register_keras_serializable(package="kvideo")
class FramePool(keras.layers.Layer):
    """Averages each frame over height and width.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        (B, T, C).
    """

    def build(self, input_shape):
        check_rank(self, input_shape)

    def call(self, inputs):
        return keras.ops.mean(inputs, axis=(2, 3))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], input_shape[-1])
