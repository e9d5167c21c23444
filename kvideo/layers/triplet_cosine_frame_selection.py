"""Triplet cosine frame selection.

Paper: Stergiou and Poppe, "Multi-Temporal Convolutions for Human Action
Recognition in Videos", section III-A, Eq. 6 and 7. Each frame becomes one
vector, the sum over its positions; c_t is the cosine between the vectors of
frames t and t + 1. A frame's score is c_{t-1} + c_t, and the frames with the
lowest scores, those least like their neighbours, are kept.

Deviations and decisions:
- The released code keeps the highest scores and squares the cosines:
  `select="highest", squared=True`. The default is the paper's text.
- The first and the last frame have one neighbour only. As in that code they
  are not in the choice, unless more frames are asked for than lie between
  them: then their one cosine counts twice.
- That code leaves clips of one or two frames as they are, and so does the
  default length here.
- Cosines with a vector of zeros are 0. Frames of equal scores: the earlier.
- The choice itself has no gradient; the kept frames have theirs.
"""

import keras

from kvideo import ops
from kvideo.layers.checks import check_choice, check_flag, check_rank, is_count

SELECT = ("lowest", "highest")


@keras.saving.register_keras_serializable(package="kvideo")
class TripletCosineFrameSelection(keras.layers.Layer):
    """Keeps the frames that are least like the ones before and after.

    Args:
        frames: Frames to keep, 1 to T; None: half of them, rounded down, and
            of one or two frames all.
        select: `"lowest"` scores, or `"highest"`, the most redundant frames.
        squared: Whether scores add up the squares of the cosines, so that
            opposite frames count as alike.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C), T known.
    Output shape:
        (B, frames, H, W, C), the kept frames in the order of the clip.
    Raises:
        ValueError: If T is unknown, or fewer than `frames`.
    """

    def __init__(self, frames=None, select="lowest", squared=False, **kwargs):
        super().__init__(**kwargs)
        if frames is not None and not is_count(frames):
            raise ValueError(
                "`frames` must be a positive integer, or None for half of "
                f"the clip. Received: frames={frames!r}."
            )
        check_choice("select", select, SELECT)
        check_flag("squared", squared)
        self.frames = frames
        self.select = select
        self.squared = squared

    def build(self, input_shape):
        check_rank(self, input_shape)
        length = input_shape[1]
        if length is None or length < (self.frames or 1):
            raise ValueError(
                f"Of {length} frames {self.frames or 'half'} cannot be kept. "
                "Give clips of a known T, at least `frames`. Received: "
                f"shape={tuple(input_shape)}, frames={self.frames}."
            )

    def call(self, inputs):
        if self._kept(inputs.shape[1]) == inputs.shape[1]:
            return inputs
        return ops.select_frames(inputs, self.indices(inputs))

    def _kept(self, length):
        if self.frames is not None or length is None:
            return self.frames
        return length // 2 if length > 2 else length

    def indices(self, inputs):
        """The numbers of the frames that are kept.

        Args:
            inputs: Clips (B, T, H, W, C).

        Returns:
            int32 (B, frames), in ascending order.
        """
        length = inputs.shape[1]
        kept = self._kept(length)
        with_ends = kept > length - 2
        scores = self._scores(inputs, with_ends)
        scores = scores if self.select == "lowest" else -scores
        # Stable, where PyTorch's top_k takes any of several equal scores.
        found = keras.ops.argsort(scores, axis=-1)[:, :kept]
        # TFLite sorts by top_k alone, and floats only.
        found = keras.ops.cast(found, "float32")
        found = -keras.ops.top_k(-found, kept, sorted=True)[0]
        return keras.ops.cast(found, "int32") + (0 if with_ends else 1)

    def _scores(self, inputs, with_ends):
        """Eq. 6 and 7: float32 (B, T), or (B, T - 2) without the ends."""
        # In half precision sums over a frame would overflow.
        x = keras.ops.cast(keras.ops.stop_gradient(inputs), "float32")
        vectors = _unit(keras.ops.mean(x, axis=(2, 3)))
        cosines = keras.ops.sum(vectors[:, :-1] * vectors[:, 1:], axis=-1)
        if self.squared:
            cosines = cosines * cosines
        if with_ends:
            cosines = keras.ops.concatenate(
                [cosines[:, :1], cosines, cosines[:, -1:]], axis=1
            )
        return cosines[:, :-1] + cosines[:, 1:]

    def compute_output_shape(self, input_shape):
        batch, length, *rest = input_shape
        return (batch, self._kept(length), *rest)

    def get_config(self):
        return {
            **super().get_config(),
            "frames": self.frames,
            "select": self.select,
            "squared": self.squared,
        }


def _unit(x):
    """Vectors (..., C) of length 1; zeros stay zeros."""
    # Their largest value becomes 1 first: squares may be too large or small.
    largest = keras.ops.max(keras.ops.abs(x), axis=-1, keepdims=True)
    x = x / keras.ops.where(largest > 0, largest, 1.0)
    squares = keras.ops.sum(x * x, axis=-1, keepdims=True)
    return x / keras.ops.sqrt(keras.ops.maximum(squares, 1e-12))
