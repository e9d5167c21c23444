"""Spatial attention from a later stage of a network to an earlier one.

Paper: X. Li, B. Shuai, J. Tighe, "Directional Temporal Modeling for Action
Recognition", ECCV 2020, section 3.2, Eq. 3:
`F'_x = Bilinear(att(F)) * F_x + F_x`, `att(F) = sigmoid(mean over C of F)`.

Decision, where the paper is silent: stages of different T are matched along
time linearly, as they are in space.
"""

import keras
from keras import ops

from kvideo.layers.checks import check_rank
from kvideo.ops import resize_clip


@keras.saving.register_keras_serializable(package="kvideo")
class AttentionPropagation(keras.layers.Layer):
    """Weights an early feature map by where a later one is active.

    No weights.

    Args:
        **kwargs: `name`, `dtype`, ...

    Input shape:
        List of two: the early map (B, T, H, W, C) and the later one
        (B, T', H', W', C'). T, H and W of the early map must be known.
    Output shape:
        That of the early map.
    Raises:
        ValueError: If there are not two inputs of five axes.
    """

    def build(self, input_shape):
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError(
                "AttentionPropagation takes a list [early map, later map]. "
                f"Received: shape={input_shape}."
            )
        for shape in input_shape:
            check_rank(self, shape)
        if None in input_shape[0][1:4]:
            raise ValueError(
                "AttentionPropagation needs to know T, H and W of the early "
                f"map. Received: shape={tuple(input_shape[0])}."
            )

    def call(self, inputs):
        early, later = inputs
        frames, *size = early.shape[1:4]
        attention = resize_clip(activation_map(later), tuple(size), frames)
        return attention * early + early

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def count_macs(self, input_shape, output_shape):
        """None: there are no kernels, and products by element do not count."""
        return 0


def activation_map(features):
    """att(F) of Eq. 3: (B, T, H, W, C) to (B, T, H, W, 1), in (0, 1)."""
    return ops.sigmoid(ops.mean(features, axis=-1, keepdims=True))
