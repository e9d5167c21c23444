"""Pixel-wise temporal projection (PWTP): what the frames do not share.

Source: G. Huang, thesis, 2022, section 3.5.2 and Table 3.13; Eq. 3.7 to 3.13.
Each pixel's T values are projected onto D directions that a small network
finds for it; what is left is averaged over time: the dynamic appearance.

Decisions, where the thesis is silent:
- The convolution of Eq. 3.8 has a bias: so Table 3.13's sizes come out.
- The projection and the MLP run in float32 at any precision, and see the
  clip as it came: the residual is a small difference of large numbers.
- The directions start as the cosines of lowest frequency, a tenth of the
  next one added to the constant: a still image is nearly gone, slow change is
  left. With the constant itself among the directions the mean of the residual
  would be zero everywhere, and no classifier could learn from it; entries
  from N(0, 1) let the still image pass. On the motion data with T = 8 (one
  seed) ENoPR starts at 0.34 so and at 2.3 with normal entries, and is 0.27 and
  0.31 after 150 steps of the projection alone.
"""

import math
import warnings

import keras
import numpy as np

from kvideo import ops
from kvideo.layers.bottleneck_mlp import BottleneckMLP
from kvideo.layers.checks import check_number, check_odd, check_rank, is_count
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D

# Share of the next cosine in the first direction at the start.
MIX = 0.1


def initial_basis(frames, rank):
    """The directions (T, D) at the start: cosines, the first one mixed."""
    time = (np.arange(frames) + 0.5) / frames
    cosines = np.sqrt(2) * np.cos(np.pi * np.outer(time, np.arange(rank + 1)))
    cosines[:, 0] = 1 + MIX * cosines[:, rank]
    return cosines[:, :rank]


def temporal_relations(x):
    """Eq. 3.9: how alike each two frames are, at each position.

    Args:
        x: Tensor (B, T, H, W, C), T known.

    Returns:
        Tensor (B, H, W, T (T - 1) / 2): mean over C of the products of frames
        t1 < t2, in the order (0, 1), (0, 2), ..., (T - 2, T - 1).
    """
    pairs = [
        keras.ops.mean(x[:, t : t + 1] * x[:, t + 1 :], axis=-1)
        for t in range(x.shape[1] - 1)
    ]
    return keras.ops.transpose(
        keras.ops.concatenate(pairs, axis=1), (0, 2, 3, 1)
    )


@keras.saving.register_keras_serializable(package="kvideo")
class PixelWiseTemporalProjection(Composite):
    """Turns every T frames into one image of what moved in them.

    Adds the Euclidean norm of the projection residual (ENoPR, Eq. 3.13), its
    mean over segments and clips, to the losses of the model: `layer.losses`.

    Parameters, with P = T (T - 1) / 2, w = expansion P, h = floor(ratio w):
    k^2 C C' + C' + P w + w + B (3 w + 2 w h + h) + w T D + T D.

    Args:
        frames: Number T of consecutive frames of a segment.
        rank: Number D of directions that are projected out. The thesis found
            worse accuracy above T / 2: that warns.
        kernel_size: Side k of the convolution before the comparison, odd.
        stride: Its stride s; the directions are resized to the frames.
        channels: Its output channels C'.
        ratio: Width inside the MLP's blocks over that between them (beta).
        blocks: Number B of these blocks.
        expansion: Width between them over that of the comparison (r).
        loss_weight: Factor of ENoPR; 0 adds no loss. 1 beside the
            classifier's loss is the thesis' constant scale 0.5, doubled.
        **kwargs: `name`, `dtype`.

    Input shape:
        (B, S T, H, W, C): S segments. H and W known, at least k. Normalised
        frames, or the projection is that of brightness.
    Output shape:
        (B, S, H, W, C): the dynamic appearance, zero where the frames lie in
        the directions. In the layer's compute dtype.
    Raises:
        ValueError: If the clip's length is not S T, the frames are smaller
            than the kernel, or D is not below T.
    """

    def __init__(
        self,
        frames=8,
        rank=1,
        kernel_size=9,
        stride=8,
        channels=24,
        ratio=1 / 4,
        blocks=1,
        expansion=2,
        loss_weight=1.0,
        **kwargs,
    ):
        # Half precision would round the frames before the subtraction.
        super().__init__(**{"autocast": False, **kwargs})
        check_odd("kernel_size", kernel_size)
        _check_integers(
            1, frames=frames, rank=rank, stride=stride, channels=channels
        )
        _check_integers(0, blocks=blocks)
        _check_rank_of_basis(frames, rank)
        check_number("ratio", ratio, above=0)
        check_number("expansion", expansion, above=0)
        check_number("loss_weight", loss_weight, low=0)
        self.frames = frames
        self.rank = rank
        self.kernel_size = kernel_size
        self.stride = stride
        self.channels = channels
        self.ratio = ratio
        self.blocks = blocks
        self.expansion = expansion
        self.loss_weight = loss_weight
        self._make_sublayers()

    def _make_sublayers(self):
        k, s = self.kernel_size, self.stride
        self.aggregate = Conv3D(
            self.channels,
            (1, k, k),
            (1, s, s),
            use_bias=True,
            dtype=self.dtype_policy,
            name="aggregate",
        )
        self.mlp = BottleneckMLP(
            self.frames * self.rank,
            int(self.expansion * self.pairs),
            self.ratio,
            self.blocks,
            name="mlp",
        )

    @property
    def pairs(self):
        """Number of pairs of frames that are compared."""
        return self.frames * (self.frames - 1) // 2

    def build(self, input_shape):
        check_rank(self, input_shape)
        self._check_size(input_shape)
        self.aggregate.build(input_shape)
        shape = self._position_shape(input_shape)
        self.mlp.build((*shape, self.pairs))
        start = initial_basis(self.frames, self.rank).reshape(-1)
        self.basis = self.add_weight(
            name="basis",
            shape=start.shape,
            initializer=lambda shape, dtype: keras.ops.cast(start, dtype),
        )

    def _position_shape(self, input_shape):
        """(B, S, H', W'): where directions are found."""
        batch, _, height, width, _ = self.aggregate.compute_output_shape(
            input_shape
        )
        return (batch, input_shape[1] // self.frames, height, width)

    def _check_size(self, input_shape):
        _, length, height, width, _ = input_shape
        if length is None or length % self.frames or not length:
            raise ValueError(
                f"PixelWiseTemporalProjection takes S segments of T="
                f"{self.frames} frames, a clip of {self.frames} S frames. "
                f"Received: shape={tuple(input_shape)}. Change the clip or "
                "`frames`."
            )
        if any(n is None or n < self.kernel_size for n in (height, width)):
            raise ValueError(
                "The frames must have a known size of at least `kernel_size`="
                f"{self.kernel_size}. Received: shape={tuple(input_shape)}. "
                "Give larger frames or a smaller kernel."
            )

    def call(self, inputs, training=None):
        residual = self.residual(inputs, training=training)
        if self.loss_weight:
            squares = keras.ops.sum(keras.ops.square(residual), axis=1)
            self.add_loss(self.loss_weight * keras.ops.mean(squares))
        mean = keras.ops.mean(residual, axis=1)  # Eq. 3.12
        shape = self.compute_output_shape(inputs.shape)
        mean = keras.ops.reshape(mean, (-1, *shape[1:]))
        return keras.ops.cast(mean, self.compute_dtype)

    def residual(self, inputs, training=None):
        """Eq. 3.11: (B, S T, H, W, C) to (B S, T, H, W, C), float32."""
        x = self._segments(keras.ops.cast(inputs, "float32"))
        _, projected = ops.project_onto(x, self.directions(inputs, training))
        return x - projected

    def directions(self, inputs, training=None):
        """Eq. 3.8 to 3.10: A of each pixel, (B S, H, W, T, D), float32."""
        x = keras.ops.cast(self.aggregate(inputs), "float32")
        relations = temporal_relations(self._segments(x))
        shape = self._position_shape(inputs.shape)[1:]
        u = keras.ops.reshape(relations, (-1, *shape, self.pairs))
        basis = keras.ops.cast(self.basis, "float32")
        a = self.mlp(u, training=training) + basis
        height, width = inputs.shape[2:4]
        a = ops.resize_clip(a, (height, width))
        return keras.ops.reshape(a, (-1, height, width, self.frames, self.rank))

    def _segments(self, x):
        """(B, S T, H, W, C) to (B S, T, H, W, C)."""
        return keras.ops.reshape(x, (-1, self.frames, *x.shape[2:]))

    def compute_output_shape(self, input_shape):
        batch, length, *rest = input_shape
        segments = None if length is None else length // self.frames
        return (batch, segments, *rest)

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip, the projection's too."""
        shape = self._position_shape(input_shape)
        positions = math.prod(shape[1:])
        mlp = sum(math.prod(w.shape) for w in self.mlp.weights if w.ndim > 1)
        convolved = self.aggregate.compute_output_shape(input_shape)
        _, segments, height, width, channels = output_shape
        # A'A, A'x and A y.
        project = self.frames * self.rank * (self.rank + 2 * channels)
        return (
            self.aggregate.count_macs(input_shape, convolved)
            + positions * (self.pairs * self.channels + mlp)
            + segments * height * width * project
        )

    def get_config(self):
        return {
            **super().get_config(),
            "frames": self.frames,
            "rank": self.rank,
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "channels": self.channels,
            "ratio": self.ratio,
            "blocks": self.blocks,
            "expansion": self.expansion,
            "loss_weight": self.loss_weight,
        }


def _check_integers(least, **arguments):
    for name, value in arguments.items():
        if not is_count(value, least):
            raise ValueError(
                f"`{name}` must be an integer of at least {least}. "
                f"Received: {name}={value!r}."
            )


def _check_rank_of_basis(frames, rank):
    if rank >= frames:
        raise ValueError(
            "`rank` must be below `frames`: as many directions as frames "
            f"leave no residual. Received: {rank=}, {frames=}."
        )
    if 2 * rank > frames:
        warnings.warn(
            f"`rank`={rank} is more than half of `frames`={frames}. Huang's "
            "thesis (section 3.6.3) saw accuracy drop there: the directions "
            "take up what moves as well.",
            stacklevel=3,
        )
