"""Dynamic image: frames summed up with weights that grow with time.

Papers: Bilen, Fernando, Gavves, Vedaldi, Gould, "Dynamic Image Networks for
Action Recognition", CVPR 2016, and the longer "Action Recognition with Dynamic
Image Networks", PAMI 2018. Rank pooling asks for the image d whose product
with later frames is larger than with earlier ones; the first step of gradient
descent towards it is the sum over all pairs of later less earlier frames, a
weighted sum in closed form ("approximate rank pooling").

Deviation: the authors stretch each dynamic image to [0, 255]. Here the
positive weights add up to 1, and so do the negative ones, so that values are
differences of two averages of frames, on the same scale for every clip.
"""

from math import prod

import keras
import numpy as np

from kvideo import ops
from kvideo.layers.checks import (
    check_choice,
    check_rank,
    check_segments,
    is_count,
    segments_of,
)

WEIGHTINGS = ("running_mean", "frames")


def rank_pooling_weights(frames, weighting="running_mean"):
    """The weights alpha_1, ..., alpha_T of approximate rank pooling.

    Args:
        frames: T.
        weighting: What is ranked. `"frames"`: the frames themselves,
            alpha_t = 2 t - T - 1. `"running_mean"`: the average of all
            frames so far, alpha_t = 2 (T - t + 1) - (T + 1) (H_T - H_(t-1))
            with the harmonic numbers H_t = 1 + 1/2 + ... + 1/t.

    Returns:
        Array (T,), float64, that adds up to 0.
    """
    t = np.arange(1, frames + 1)
    if weighting == "frames":
        return 2.0 * t - frames - 1
    harmonic = np.concatenate([[0], np.cumsum(1 / t)])
    return 2 * (frames - t + 1) - (frames + 1) * (harmonic[-1] - harmonic[:-1])


@keras.saving.register_keras_serializable(package="kvideo")
class DynamicImage(keras.layers.Layer):
    """Turns every T frames into one image of how they change.

    A still clip gives zero; played backwards with `weighting="frames"`, a
    clip gives the negative. No weights to train.

    Args:
        frames: Number T of consecutive frames of a segment, at least 2.
        weighting: `"running_mean"`, as the paper's networks, or `"frames"`;
            see `rank_pooling_weights`.
        **kwargs: `name`, `dtype`. Give `dtype="float32"` for a layer that
            takes pixels: half precision would round them first.

    Input shape:
        (B, S T, H, W, C): S segments.
    Output shape:
        (B, S, H, W, C).
    Raises:
        ValueError: If the clip's length is not S T, or the weighting is
            unknown.
    """

    def __init__(self, frames=6, weighting="running_mean", **kwargs):
        super().__init__(**kwargs)
        if not is_count(frames, 2):
            raise ValueError(
                "`frames` must be an integer of at least 2: there is no "
                f"order in fewer frames. Received: {frames=}."
            )
        check_choice("weighting", weighting, WEIGHTINGS)
        self.frames = frames
        self.weighting = weighting

    def build(self, input_shape):
        check_rank(self, input_shape)
        check_segments(self, input_shape, self.frames)

    def call(self, inputs):
        weights = rank_pooling_weights(self.frames, self.weighting)
        weights = weights / weights[weights > 0].sum()
        kernel = np.tile(weights[:, None, None, None], inputs.shape[-1])
        return ops.depthwise_conv3d(
            inputs,
            keras.ops.convert_to_tensor(kernel, self.compute_dtype),
            strides=(self.frames, 1, 1),
        )

    def compute_output_shape(self, input_shape):
        batch, length, *rest = input_shape
        return (batch, segments_of(length, self.frames), *rest)

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip."""
        return self.frames * prod(output_shape[1:])

    def get_config(self):
        return {
            **super().get_config(),
            "frames": self.frames,
            "weighting": self.weighting,
        }
