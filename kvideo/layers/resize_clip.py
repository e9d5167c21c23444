"""Bilinear resizing of every frame of a clip."""

import keras

from kvideo import ops
from kvideo.layers.checks import check_rank


@keras.saving.register_keras_serializable(package="kvideo")
class ResizeClip(keras.layers.Layer):
    """Resizes each frame bilinearly (half-pixel centres, no antialiasing).

    Equal to PyTorch's `interpolate(..., mode="bilinear",
    align_corners=False)`, and to `tf.image.resize(method="bilinear")`.

    Args:
        height: Output height.
        width: Output width.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        (B, T, height, width, C).
    """

    def __init__(self, height, width, **kwargs):
        super().__init__(**kwargs)
        if min(height, width) < 1:
            raise ValueError(
                "`height` and `width` must be positive. Received: "
                f"height={height}, width={width}."
            )
        self.height = height
        self.width = width

    def build(self, input_shape):
        check_rank(self, input_shape)

    def call(self, inputs):
        return ops.resize_clip(inputs, (self.height, self.width))

    def compute_output_shape(self, input_shape):
        batch, frames, _, _, channels = input_shape
        return (batch, frames, self.height, self.width, channels)

    def get_config(self):
        return {
            **super().get_config(),
            "height": self.height,
            "width": self.width,
        }
