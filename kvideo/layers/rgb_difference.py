"""RGB difference: what changes from each frame to the next.

Paper: Wang et al., "Temporal Segment Networks", ECCV 2016, section 3.2. The
differences of a segment's neighbouring frames stand as channels of one image,
as in the released code, where six frames give one of fifteen channels.
"""

import keras

from kvideo.layers.checks import (
    check_rank,
    check_segments,
    is_count,
    segments_of,
)


@keras.saving.register_keras_serializable(package="kvideo")
class RGBDifference(keras.layers.Layer):
    """Turns every T frames into one image of their T - 1 differences.

    A still clip gives zero. No weights, no multiplications.

    Args:
        frames: Number T of consecutive frames of a segment, at least 2.
        **kwargs: `name`, `dtype`. Give `dtype="float32"` for a layer that
            takes pixels: half precision would round them first.

    Input shape:
        (B, S T, H, W, C): S segments.
    Output shape:
        (B, S, H, W, (T - 1) C): frame 1 less frame 0 in the first C channels,
        frame 2 less frame 1 in the next, and so on.
    Raises:
        ValueError: If the clip's length is not S T.
    """

    def __init__(self, frames=6, **kwargs):
        super().__init__(**kwargs)
        if not is_count(frames, 2):
            raise ValueError(
                "`frames` must be an integer of at least 2: a difference "
                f"needs two frames. Received: {frames=}."
            )
        self.frames = frames

    def build(self, input_shape):
        check_rank(self, input_shape)
        check_segments(self, input_shape, self.frames)

    def call(self, inputs):
        frames = [
            keras.ops.take(
                inputs, range(t, inputs.shape[1], self.frames), axis=1
            )
            for t in range(self.frames)
        ]
        pairs = zip(frames[1:], frames[:-1], strict=True)
        return keras.ops.concatenate(
            [after - before for after, before in pairs], axis=-1
        )

    def compute_output_shape(self, input_shape):
        batch, length, height, width, channels = input_shape
        segments = segments_of(length, self.frames)
        return (batch, segments, height, width, (self.frames - 1) * channels)

    def get_config(self):
        return {**super().get_config(), "frames": self.frames}
