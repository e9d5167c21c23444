"""Temporal squeeze pooling (TSP).

Paper: G. Huang, A. G. Bors, "Learning Spatio-Temporal Representations with
Temporal Squeeze Pooling", ICASSP 2020, and section 3.2 of Huang's thesis:
Eq. 3.1 to 3.6. K frames become D "squeezed" ones, the coefficients of every
pixel's course over time in a basis that depends on the clip.

Decisions, where the thesis is silent, and deviations:
- Both dense layers have biases; LeakyReLU has a slope of 0.01 (PyTorch's).
- Phi of Eq. 3.3 is the identity, as in the thesis' experiments; a small ridge
  stands in for it, see `kvideo.ops.project_onto`.
- "Properly initialised": the basis starts near the first D cosines (DCT) over
  K frames, the first of them constant 1, so that squeezed frames have the
  range of frames, and the first is nearly their average: what ImageNet
  weights expect. Unit columns would make them sqrt(K) times larger. The
  weights' standard deviation, 0.1 / sqrt(K), keeps the part that depends on
  the clip small beside the cosines at any K. On clips of a patch that moves
  over smooth noise, the error of Eq. 3.5 starts at 1.2 times the smallest
  possible one for K=10, D=3 and at 4 times for K=64, D=16; with unit
  columns and a deviation of 0.1, at 3 and at 19 times.
- A pixel's residual counts as at least 1e-6 long: the norm of zero has no
  gradient.
"""

import warnings
from math import prod

import keras
import numpy as np

from kvideo import ops
from kvideo.layers.checks import (
    check_choice,
    check_number,
    check_rank,
    is_count,
)
from kvideo.layers.composite import Composite

ACTIVATIONS = {
    "leaky_relu": lambda x: keras.ops.leaky_relu(x, negative_slope=0.01),
    "relu": keras.ops.relu,
    "sigmoid": keras.ops.sigmoid,
    "tanh": keras.ops.tanh,
}
SHORTEST_RESIDUAL = 1e-6


@keras.saving.register_keras_serializable(package="kvideo")
class TemporalSqueezePooling(Composite):
    """Squeezes K frames into D, with what a clip repeats told once.

    The mean of each frame goes through two dense layers, which give D
    directions in K frames; all pixels and channels are projected onto them.
    The squeezed frames are the coefficients. `beta` times the length of what
    the projection loses is added to the model's losses; `projection_error`
    gives that length itself. Parameters: K^2 + K + (K + 1) K D.

    Args:
        frames: Number D of squeezed frames, less than K. The thesis has 3 for
            K = 10, and 16, then 4, for K = 64.
        activation1: After the first dense layer: `"sigmoid"`, `"tanh"`,
            `"relu"` or `"leaky_relu"`. Table 3.1 compares pairs.
        activation2: After the second, likewise.
        beta: Weight of the projection loss.
        **kwargs: `name`, `dtype`. The projection is made in float32 at any
            precision. Give `dtype="float32"` for a layer that takes pixels:
            half precision would round them first.

    Input shape:
        (B, K, H, W, C), K known.
    Output shape:
        (B, D, H, W, C).
    Raises:
        ValueError: If D is not less than K, or an activation is unknown.
    """

    def __init__(
        self,
        frames=3,
        activation1="sigmoid",
        activation2="leaky_relu",
        beta=10.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not is_count(frames):
            raise ValueError(
                "`frames` must be a positive integer, the number of squeezed "
                f"frames. Received: {frames=}."
            )
        check_number("beta", beta, low=0)
        check_choice("activation1", activation1, ACTIVATIONS)
        check_choice("activation2", activation2, ACTIVATIONS)
        self.frames = frames
        self.activation1 = activation1
        self.activation2 = activation2
        self.beta = beta

    def build(self, input_shape):
        check_rank(self, input_shape)
        length = input_shape[1]
        self._check_length(input_shape)
        self.squeeze = keras.layers.Dense(
            length,
            activation=ACTIVATIONS[self.activation1],
            name="squeeze",
            dtype=self.dtype_policy,
        )
        self.excite = keras.layers.Dense(
            length * self.frames,
            activation=ACTIVATIONS[self.activation2],
            kernel_initializer=keras.initializers.RandomNormal(
                stddev=0.1 / length**0.5
            ),
            bias_initializer=self._first_basis,
            name="excite",
            dtype=self.dtype_policy,
        )
        self.squeeze.build((None, length))
        self.excite.build((None, length))

    def _check_length(self, input_shape):
        length = input_shape[1]
        if length is None or self.frames >= length:
            raise ValueError(
                f"{self.name} squeezes K frames into fewer, so K must be "
                f"known and more than `frames`. Received: frames="
                f"{self.frames}, input shape={tuple(input_shape)}."
            )
        if self.frames > length / 2:
            warnings.warn(
                f"{self.name} squeezes {length} frames into {self.frames}. "
                "The thesis asks for far fewer (D << K): a basis with room "
                "for nearly every frame keeps what frames repeat, instead of "
                "filtering it out. Use at most half as many.",
                stacklevel=2,
            )

    def _first_basis(self, shape, dtype):
        basis = cosines(shape[0] // self.frames, self.frames)
        return keras.ops.cast(basis.reshape(shape), dtype)

    def basis(self, inputs):
        """The directions A of Eq. 3.3 for each clip, (B, K, D)."""
        # A mean over a whole frame is too long for half precision.
        x = keras.ops.cast(inputs, "float32")
        z = keras.ops.mean(x, axis=(2, 3, 4))
        a = self.excite(self.squeeze(z))
        return keras.ops.reshape(a, (-1, inputs.shape[1], self.frames))

    def projection_error(self, inputs):
        """Eq. 3.5 for each clip, (B,): the mean length of the residuals."""
        _, projected = ops.project_onto(inputs, self.basis(inputs))
        return _mean_residual(inputs, projected)

    def call(self, inputs):
        squeezed, projected = ops.project_onto(inputs, self.basis(inputs))
        error = keras.ops.mean(_mean_residual(inputs, projected))
        self.add_loss(self.beta * error)
        return keras.ops.cast(squeezed, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.frames, *input_shape[2:])

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip, of what makes the output.

        The dense layers, Gram and Schmidt's products, and the coefficients;
        the projections themselves are for the loss.
        """
        length, directions = input_shape[1], self.frames
        dense = length**2 * (1 + directions)
        orthonormal = (length + directions) * directions**2
        pixels = prod(input_shape[2:])
        return dense + orthonormal + pixels * directions * (length + directions)

    def count_hooks(self, input_shape, output_shape):
        """The two dense layers: the rest is nobody's module."""
        return input_shape[1] ** 2 * (1 + self.frames)

    def get_config(self):
        return {
            **super().get_config(),
            "frames": self.frames,
            "activation1": self.activation1,
            "activation2": self.activation2,
            "beta": self.beta,
        }


def cosines(length, count):
    """The first `count` cosines (DCT-II) over `length` frames, in float64.

    Returns:
        Array (length, count) with orthogonal columns of mean square 1, the
        first of them constant.
    """
    time = np.pi * (np.arange(length)[:, None] + 0.5) / length
    waves = np.cos(time * np.arange(count))
    return waves / np.sqrt(np.mean(waves**2, axis=0))


def _mean_residual(x, projected):
    residual = keras.ops.cast(x, "float32") - projected
    squares = keras.ops.sum(keras.ops.square(residual), axis=1)
    lengths = keras.ops.sqrt(keras.ops.maximum(squares, SHORTEST_RESIDUAL**2))
    return keras.ops.mean(lengths, axis=(1, 2, 3))
