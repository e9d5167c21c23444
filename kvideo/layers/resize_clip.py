"""Bilinear resizing of every frame of a clip, trilinear of the clip."""

import keras

from kvideo import ops
from kvideo.layers.checks import check_count, check_rank


@keras.saving.register_keras_serializable(package="kvideo")
class ResizeClip(keras.layers.Layer):
    """Resizes each frame bilinearly (half-pixel centres, no antialiasing).

    Equal to PyTorch's `interpolate(..., mode="bilinear",
    align_corners=False)`, and to `tf.image.resize(method="bilinear")`; with
    `frames` to PyTorch's `mode="trilinear"`.

    Args:
        height: Output height.
        width: Output width.
        frames: Output length; None: as it comes.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        (B, T, height, width, C), or (B, frames, height, width, C).
    """

    def __init__(self, height, width, frames=None, **kwargs):
        super().__init__(**kwargs)
        check_count("height", height)
        check_count("width", width)
        if frames is not None:
            check_count("frames", frames)
        self.height = height
        self.width = width
        self.frames = frames

    def build(self, input_shape):
        check_rank(self, input_shape)

    def call(self, inputs):
        return ops.resize_clip(inputs, (self.height, self.width), self.frames)

    def compute_output_shape(self, input_shape):
        batch, frames, _, _, channels = input_shape
        frames = self.frames or frames
        return (batch, frames, self.height, self.width, channels)

    def get_config(self):
        return {
            **super().get_config(),
            "height": self.height,
            "width": self.width,
            "frames": self.frames,
        }
