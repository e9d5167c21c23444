"""Channel independent directional convolution (CIDC).

Paper: X. Li, B. Shuai, J. Tighe, "Directional Temporal Modeling for Action
Recognition", ECCV 2020, sections 3.1 and 3.3, Eq. 1, 4 and 5. Each channel
mixes its frames with weights of its own; a step of the output sees the clip
up to a certain frame and nothing after it.

Decisions, where the paper is silent:
- "Normalised to [-1, 1]": each row of a channel by itself, from the smallest
  to the largest weight that it can see. A row that sees one frame has 1.
- T' != T: the paper rescales a triangle of infinities, which defines nothing.
  Step i sees the first ceil((i + 1) T / T') frames. That is what thresholding
  the rescaled triangle gives where T divides T' or T' divides T, and the last
  step sees the whole clip always.
- Both directions yield T' / 2 steps each, so that the output has T'.
- The paper computes all channels as one grouped convolution. Here it is one
  matrix product per channel, which every backend has in training too
  (docs/cidc.md has both timed).
"""

import keras
import numpy as np
from keras import ops

from kvideo.layers.checks import check_choice, check_rank, is_count, numbers_of
from kvideo.ops.arguments import fold_positions, unfold_positions

DIRECTIONS = ("both", "forward", "none")
ORDERS = ("last_first", "first_last")
# Keeps a row of equal weights, which has no smallest and largest, finite.
EPSILON = 1e-6
# In place of infinity, whose product with 0 is no number.
FAR = 1e9


@keras.saving.register_keras_serializable(package="kvideo")
class DirectionalTemporalConv(keras.layers.Layer):
    """Weighted sums of frames, per channel, that look one way in time.

    Weights: `kernel` (C, T', T), or for both directions `kernel` and
    `backward_kernel`, (C, T'/2, T) each.

    Args:
        frames: Steps of the output, T'; default: as many as the input has.
        directions: `"both"`: the first half of the steps sees the clip from
            its start, the second half from its end; `"forward"`; `"none"`:
            every step sees all frames.
        weight_range: (low, high) to which each row of weights is stretched,
            or None for the softmax as it is.
        backward_order: `"last_first"`: the backward half stays in the order
            in which it was computed, so its last step sees the whole clip;
            `"first_last"`: flipped back, so its first step does.
        kernel_initializer: Of both kernels. Not a constant with a
            `weight_range`: equal weights have nothing to stretch.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C) with T and C known, T at least 2.
    Output shape:
        (B, T', H, W, C).
    Raises:
        ValueError: If T is unknown or below 2, or T' is odd with both
            directions.
    """

    def __init__(
        self,
        frames=None,
        directions="both",
        weight_range=(-1, 1),
        backward_order="last_first",
        kernel_initializer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("directions", directions, DIRECTIONS)
        check_choice("backward_order", backward_order, ORDERS)
        _check_frames(frames)
        if weight_range is not None:
            weight_range = numbers_of("weight_range", weight_range)
        _check_range(weight_range)
        self.frames = frames
        self.directions = directions
        self.weight_range = weight_range and tuple(weight_range)
        self.backward_order = backward_order
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or keras.initializers.RandomNormal(stddev=0.02)
        )

    def build(self, input_shape):
        check_rank(self, input_shape)
        length, channels = input_shape[1], input_shape[-1]
        if length is None or length < 2:
            raise ValueError(
                "A directional convolution needs a known number of frames, 2 "
                "at least: a single frame has no order. Received: "
                f"shape={tuple(input_shape)}."
            )
        steps = self._steps(length)
        both = self.directions == "both"
        seen = visible(steps, length)
        if self.directions == "none":
            seen = np.ones_like(seen)
        self._seen = seen
        self.kernel = self._add_kernel("kernel", (channels, steps, length))
        if both:
            self.backward_kernel = self._add_kernel(
                "backward_kernel", (channels, steps, length)
            )

    def _steps(self, length):
        """Rows of one kernel."""
        frames = self.frames or length
        if self.directions != "both":
            return frames
        if frames % 2:
            raise ValueError(
                "Both directions yield half of the steps each, so `frames` "
                f"must be even. Received: frames={self.frames} for a clip of "
                f"{length} frames."
            )
        return frames // 2

    def _add_kernel(self, name, shape):
        # One initializer gives the same values each time: both directions
        # would start as mirror images.
        initializer = self.kernel_initializer.clone()
        return self.add_weight(shape=shape, initializer=initializer, name=name)

    def call(self, inputs):
        weights = ops.cast(self.mixing_weights(), self.compute_dtype)
        return mix_frames(inputs, weights)

    def mixing_weights(self):
        """What each step takes of each frame: float32 (C, T', T)."""
        weights = self._normalize(self.kernel)
        if self.directions != "both":
            return weights
        # The kernel of the flipped clip, flipped: no frame has to move.
        backward = ops.flip(self._normalize(self.backward_kernel), axis=2)
        if self.backward_order == "first_last":
            backward = ops.flip(backward, axis=1)
        return ops.concatenate([weights, backward], axis=1)

    def last_seen(self):
        """The last frame that each step sees, going its way in time.

        Returns:
            int array (T',): of a backward step, the first frame of the clip
            that it sees. Without directions, the clip's last for all.
        """
        length = self._seen.shape[1]
        last = self._seen.sum(axis=1) - 1
        if self.directions != "both":
            return last
        backward = length - 1 - last
        if self.backward_order == "first_last":
            backward = backward[::-1]
        return np.concatenate([last, backward])

    def _normalize(self, kernel):
        """Eq. 5 and the range, on the frames that each row sees."""
        kernel = ops.cast(kernel, "float32")
        seen = self._seen
        if self.weight_range is None:
            return ops.softmax(ops.where(seen, kernel, -FAR), axis=2)
        first, last = self.weight_range
        share = _stretched_softmax(kernel, seen)
        return ops.where(seen, first + (last - first) * share, 0.0)

    def compute_output_shape(self, input_shape):
        batch, length, *rest = input_shape
        return (batch, self.frames or length, *rest)

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip, hidden frames included."""
        return input_shape[1] * int(np.prod(output_shape[1:]))

    def get_config(self):
        return {
            **super().get_config(),
            "frames": self.frames,
            "directions": self.directions,
            "weight_range": self.weight_range,
            "backward_order": self.backward_order,
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
        }


def _stretched_softmax(kernel, seen):
    """(w - min w) / (max w - min w) for w = softmax(kernel), row by row.

    The softmax's sum cancels. What is left is written without the difference
    of nearly equal numbers, which would lose most digits of a row whose
    weights lie close together, as they do at the start.
    """
    high = ops.max(ops.where(seen, kernel, -FAR), axis=2, keepdims=True)
    low = ops.min(ops.where(seen, kernel, FAR), axis=2, keepdims=True)
    kernel = ops.where(seen, kernel, low)
    above = -ops.exp(kernel - high) * ops.expm1(low - kernel)
    share = above / (EPSILON - ops.expm1(low - high))
    # A single frame is smallest and largest at once.
    alone = seen.sum(axis=1, keepdims=True) == 1
    return ops.where(alone, 1.0, share)


def visible(steps, length):
    """Which frames each step sees, looking forward.

    Args:
        steps: Steps of the output, T'.
        length: Frames of the input, T.

    Returns:
        bool array (T', T); row i is True for ceil((i + 1) T / T') frames.
    """
    ends = -(-np.arange(1, steps + 1) * length // steps)
    return np.arange(length) < ends[:, None]


def mix_frames(x, weights):
    """Sums of frames with weights of their own for each channel.

    Args:
        x: Clips (B, T, H, W, C).
        weights: Tensor (C, S, T).

    Returns:
        Clips (B, S, H, W, C).
    """
    height, width = ops.shape(x)[2:4]
    frames = ops.transpose(fold_positions(x), (0, 3, 1, 2))
    steps = ops.matmul(weights, frames)
    return unfold_positions(ops.transpose(steps, (0, 2, 3, 1)), height, width)


def _check_frames(frames):
    if frames is not None and not is_count(frames):
        raise ValueError(
            "`frames` must be a positive integer, or None for as many as the "
            f"input has. Received: frames={frames!r}."
        )


def _check_range(weight_range):
    if weight_range is None:
        return
    if len(weight_range) != 2 or not weight_range[0] < weight_range[1]:
        raise ValueError(
            "`weight_range` must be None or (low, high) with low < high. "
            f"Received: weight_range={weight_range!r}."
        )
