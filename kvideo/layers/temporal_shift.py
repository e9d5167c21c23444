"""Temporal shift.

Paper: Lin, Gan, Han, "TSM: Temporal Shift Module for Efficient Video
Understanding", ICCV 2019. The released code is followed: the first eighth of
the channels takes the next frame, the second eighth the previous one, and
frames beyond the clip are zero. Placed at the input of the first convolution
of a residual branch ("blockres").

Section 4.2, online: no frame is taken from the future. Decision: it is the
second eighth that takes the previous frame, as offline, and the first one
stays; the authors' online demo shifts the first. So of a network that was
trained offline, the convolution behind still finds the past where it was.
"""

import keras

from kvideo import ops
from kvideo.layers.checks import check_count, check_flag, check_rank


@keras.saving.register_keras_serializable(package="kvideo")
class TemporalShift(keras.layers.Layer):
    """Moves a share of the channels one frame back and one frame forward.

    With `fold = C // fold_div`, channels [0, fold) of frame t are those of
    frame t + 1, channels [fold, 2 fold) those of frame t - 1, and the rest
    stay. No weights, no multiplications.

    Args:
        fold_div: The share that moves each way is `1 / fold_div`.
        online: Whether channels [0, fold) stay, too, so that a frame knows
            nothing of the next one.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
    Raises:
        ValueError: If `fold_div < 2`: there would be more channels to move
            than there are.
    """

    def __init__(self, fold_div=8, online=False, **kwargs):
        super().__init__(**kwargs)
        # 2 / fold_div of the channels move.
        check_count("fold_div", fold_div, least=2)
        check_flag("online", online)
        self.fold_div = fold_div
        self.online = online

    def build(self, input_shape):
        check_rank(self, input_shape)

    def call(self, inputs):
        fold = inputs.shape[-1] // self.fold_div
        return ops.shift_frames(inputs, fold, self.online)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "fold_div": self.fold_div,
            "online": self.online,
        }
