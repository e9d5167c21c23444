"""The consensus of one frame after the other.

Paper: Wang et al., "Temporal Segment Networks", ECCV 2016, whose consensus is
the average of the frames' logits. A stream has no end, so the average is that
of the frames so far, or of the last ones.
"""

import keras

from kvideo.layers.checks import check_rank, is_count


@keras.saving.register_keras_serializable(package="kvideo")
class StreamingAverage(keras.layers.Layer):
    """The average of all frames so far, or of the last N.

    Args:
        last: N, a positive integer; None: all frames so far.

    Call arguments:
        inputs: List of a frame's values (B, 1, C); the memory, which is the
            average so far (B, C), or the last N frames' values (B, N, C);
            and the number of frames in it, (B, 1). Both zeros at first.

    Output shape:
        The average (B, C), the new memory, the new number.
    Raises:
        ValueError: If `last` is below 1.
    """

    def __init__(self, last=None, **kwargs):
        super().__init__(**kwargs)
        if last is not None and not is_count(last):
            raise ValueError(
                "`last` must be None (all frames so far) or a positive "
                f"integer. Received: last={last!r}."
            )
        self.last = last

    def build(self, input_shape):
        check_rank(self, input_shape[0], 3, "(B, 1, C)")

    def call(self, inputs):
        values, memory, count = inputs
        count = count + 1
        if self.last is None:
            # Not a sum, which loses digits as it grows.
            average = memory + (values[:, 0] - memory) / count
            return average, average, count
        count = keras.ops.minimum(count, self.last)
        memory = keras.ops.concatenate([memory[:, 1:], values], axis=1)
        return keras.ops.sum(memory, axis=1) / count, memory, count

    def compute_output_shape(self, input_shape):
        values, memory, count = map(tuple, input_shape)
        return (values[0], values[2]), memory, count

    def get_config(self):
        return {**super().get_config(), "last": self.last}
