"""Input of the Quiet pathway of the Busy-Quiet Net.

Source: Huang's thesis, Eq. 5.4, and the code released with BQN, which differ:
the thesis feeds the average of every three frames minus the Busy part, the
code the first frame of every three. Both are here, and the plain average.
"""

import keras

from kvideo.layers.checks import check_choice, check_rank

QUIET_INPUTS = ("complement", "first_frame", "average")


@keras.saving.register_keras_serializable(package="kvideo")
class QuietInput(keras.layers.Layer):
    """What is left of every three frames beside their Busy part.

    Args:
        mode: `"complement"`: average of the three minus the Busy frame
            (Eq. 5.4). `"first_frame"`: the first of the three (released
            code). `"average"`: the average alone.

    Call arguments:
        inputs: List of the clip (B, 3N, H, W, C) and its Busy part
            (B, N, H, W, C), the output of `MotionBandPass(strides=3)`.

    Output shape:
        (B, N, H, W, C). Resizing to the Quiet size comes after.
    Raises:
        ValueError: If the clip does not have three frames for each Busy one.
    """

    def __init__(self, mode="complement", **kwargs):
        super().__init__(**kwargs)
        check_choice("mode", mode, QUIET_INPUTS)
        self.mode = mode

    def build(self, input_shape):
        clip, busy = input_shape
        check_rank(self, clip)
        check_rank(self, busy)
        if None not in (clip[1], busy[1]) and clip[1] != 3 * busy[1]:
            raise ValueError(
                "QuietInput expects three frames of the clip for each Busy "
                f"frame. Received: clip shape={tuple(clip)}, busy "
                f"shape={tuple(busy)}."
            )

    def call(self, inputs):
        clip, busy = inputs
        first = clip[:, 0::3]
        if self.mode == "first_frame":
            return first
        average = (first + clip[:, 1::3] + clip[:, 2::3]) / 3
        return average - busy if self.mode == "complement" else average

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[1])

    def get_config(self):
        return {**super().get_config(), "mode": self.mode}
