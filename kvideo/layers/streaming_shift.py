"""The temporal shift of one frame after the other.

Paper: Lin, Gan, Han, "TSM: Temporal Shift Module for Efficient Video
Understanding", ICCV 2019, section 4.2: online, channels come from the
previous frame alone, so that the network keeps them in a buffer and sees each
frame once. One call is one frame of `TemporalShift(online=True)`, which says
which channels move.
"""

import keras

from kvideo.layers.checks import check_count, check_rank


@keras.saving.register_keras_serializable(package="kvideo")
class StreamingShift(keras.layers.Layer):
    """Puts the previous frame's channels into a frame, and keeps its own.

    Args:
        fold_div: The share of channels that moves is `1 / fold_div`.

    Call arguments:
        inputs: List of the frame (B, 1, H, W, C) and what was kept of the
            frame before, (B, 1, H, W, C // fold_div); zeros at first.

    Output shape:
        The frame (B, 1, H, W, C), and what to keep of this one,
        (B, 1, H, W, C // fold_div).
    Raises:
        ValueError: If there is more than a frame, or too few channels to
            move one.
    """

    def __init__(self, fold_div=8, **kwargs):
        super().__init__(**kwargs)
        check_count("fold_div", fold_div, least=2)
        self.fold_div = fold_div

    def build(self, input_shape):
        frame, kept = input_shape
        check_rank(self, frame)
        check_rank(self, kept)
        fold = frame[-1] // self.fold_div
        if frame[1] != 1 or not fold or kept[-1] != fold:
            raise ValueError(
                "StreamingShift expects one frame (B, 1, H, W, C), C at "
                f"least fold_div={self.fold_div}, and (B, 1, H, W, "
                "C // fold_div) of the frame before. Received: frame "
                f"shape={tuple(frame)}, kept shape={tuple(kept)}."
            )

    def call(self, inputs):
        frame, kept = inputs
        fold = kept.shape[-1]
        parts = [frame[..., :fold], kept, frame[..., 2 * fold :]]
        shifted = keras.ops.concatenate(parts, axis=-1)
        return shifted, frame[..., fold : 2 * fold]

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0]), tuple(input_shape[1])

    def get_config(self):
        return {**super().get_config(), "fold_div": self.fold_div}
