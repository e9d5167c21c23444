"""Motion band-pass module (MBPM).

Paper: G. Huang, A. G. Bors, "Busy-Quiet Video Disentangling for Video
Classification", WACV 2022, and chapter 5 of Huang's thesis: Eq. 5.1 to 5.3.
A Laplacian of Gaussian over each frame (Eq. 5.2), then the second difference
over time (Eq. 5.1), both per channel and both trainable.

Deviations and decisions:
- The thesis normalises the kernel "to sum 1". A Laplacian of Gaussian sums to
  nearly zero, so that division is by -7.8e-4 for the stem (9x9, sigma 1.1):
  weights up to 278, L1 norm 1,589, sign flipped. That is what the released
  code does too. `log_norm="l1"` divides by the sum of magnitudes instead, which
  bounds the output by the input's range; None divides by nothing.
  `"sum"` is the default because BQN-nano trained best with it, together with
  the thesis' Quiet input (top-1 % on the motion data, mean of three seeds; the
  seeds of one pair differ by up to ten points, see docs/bqn.md):

      quiet_input     "sum"   "l1"   None
      "complement"     73.1   68.4   71.4
      "first_frame"    71.1   70.1   72.2
      "average"        70.6   69.7   70.1
- Time first, then space: both filters are linear and per channel, so their
  order does not matter, and at stride 3 the large kernel has a third of the
  frames to do (0.11 instead of the thesis' 0.30 GMAC for 24 frames of 224x224).
  Differences come before multiplication by weights of up to 278, too.
- Frames are padded by reflection (the code; the thesis is silent); at stride 1
  the clip is padded by repeating its first and last frame, at other strides
  not at all.
"""

from math import prod

import keras
import numpy as np

from kvideo import ops
from kvideo.layers.checks import (
    check_choice,
    check_count,
    check_number,
    check_odd,
    check_rank,
    conv_length,
)

LOG_NORMS = ("l1", "sum", None)
SECOND_DIFFERENCE = (-1 / 3, 2 / 3, -1 / 3)
# A kernel whose magnitudes add up to more is noise: float32 keeps 7 digits.
LARGEST_L1_NORM = 1e4


def laplacian_of_gaussian(kernel_size, sigma, norm="sum"):
    """The kernel of Eq. 5.2 on the integer grid, in float64.

    Args:
        kernel_size: Odd integer k.
        sigma: Scale in pixels.
        norm: `"sum"` (divide by the sum, as thesis and code), `"l1"` (divide
            by the sum of magnitudes) or None.

    Returns:
        Array (k, k).
    Raises:
        ValueError: If `norm="sum"` and the sum is so close to zero that the
            kernel would be rounding noise.
    """
    grid = np.arange(kernel_size) - kernel_size // 2
    q = (grid[:, None] ** 2 + grid[None, :] ** 2) / (2 * sigma**2)
    kernel = -(1 - q) * np.exp(-q) / (np.pi * sigma**4)
    if norm == "l1":
        return kernel / np.abs(kernel).sum()
    if norm is None:
        return kernel
    l1_norm = np.abs(kernel).sum() / abs(kernel.sum())
    if l1_norm > LARGEST_L1_NORM:
        raise ValueError(
            "log_norm='sum' divides by the sum of the kernel, which is "
            f"almost zero for kernel_size={kernel_size}, sigma={sigma}: the "
            f"weights' magnitudes would add up to {l1_norm:.3g}. Use "
            "log_norm='l1', or a smaller kernel, or a larger sigma."
        )
    return kernel / kernel.sum()


@keras.saving.register_keras_serializable(package="kvideo")
class MotionBandPass(keras.layers.Layer):
    """Keeps what moves: a spatio-temporal band-pass filter per channel.

    A clip that does not change gives zero. Parameters: C (k^2 + 3).

    Args:
        kernel_size: Side k of the spatial kernel, odd. The thesis' stem: 9.
        sigma: Scale of the Laplacian of Gaussian, in pixels.
        strides: Stride over frames. 3 turns every three frames into one (the
            stem of BQN); 1 keeps the number of frames.
        log_norm: Normalisation of the spatial kernel, see
            `laplacian_of_gaussian`.
        trainable: The thesis trains both kernels.
        **kwargs: `name`, `dtype`. Give `dtype="float32"` under mixed
            precision: a second difference loses digits.

    Input shape:
        (B, T, H, W, C), T >= 3 unless `strides=1`; H, W > k // 2.
    Output shape:
        (B, T, H, W, C) at stride 1, else (B, (T - 3) // strides + 1, H, W, C).
    Raises:
        ValueError: If the clip is too short or the frames are too small.
    """

    def __init__(
        self,
        kernel_size=9,
        sigma=1.1,
        strides=1,
        log_norm="sum",
        trainable=True,
        **kwargs,
    ):
        super().__init__(trainable=trainable, **kwargs)
        check_odd("kernel_size", kernel_size)
        check_choice("log_norm", log_norm, LOG_NORMS)
        check_number("sigma", sigma, above=0)
        check_count("strides", strides)
        self.kernel_size = kernel_size
        self.sigma = sigma
        self.strides = strides
        self.log_norm = log_norm

    def build(self, input_shape):
        check_rank(self, input_shape)
        _, frames, height, width, channels = input_shape
        if frames is not None and frames < 3 and self.strides > 1:
            raise ValueError(
                "MotionBandPass with strides > 1 needs at least 3 frames. "
                f"Received: shape={tuple(input_shape)}."
            )
        if any(
            s is not None and s <= self.kernel_size // 2
            for s in (height, width)
        ):
            raise ValueError(
                "MotionBandPass pads by reflection and needs frames larger "
                f"than half its kernel ({self.kernel_size}). Received: "
                f"shape={tuple(input_shape)}. Use a smaller kernel_size."
            )
        kernel = laplacian_of_gaussian(
            self.kernel_size, self.sigma, self.log_norm
        )
        self.spatial_kernel = self._add_kernel(
            "spatial_kernel", kernel, channels
        )
        self.temporal_kernel = self._add_kernel(
            "temporal_kernel", np.array(SECOND_DIFFERENCE), channels
        )

    def _add_kernel(self, name, values, channels):
        values = np.repeat(values[..., None], channels, axis=-1)
        return self.add_weight(
            name=name,
            shape=values.shape,
            initializer=lambda shape, dtype: keras.ops.cast(values, dtype),
        )

    def call(self, inputs):
        x = inputs
        if self.strides == 1:
            x = ops.pad_clip(x, (1, 0, 0), mode="edge")
        kernel = keras.ops.expand_dims(self.temporal_kernel, (1, 2))
        x = ops.depthwise_conv3d(x, kernel, strides=(self.strides, 1, 1))
        pad = self.kernel_size // 2
        x = ops.pad_clip(x, (0, pad, pad), mode="reflect")
        kernel = keras.ops.expand_dims(self.spatial_kernel, 0)
        return ops.depthwise_conv3d(x, kernel)

    def compute_output_shape(self, input_shape):
        batch, frames, *rest = input_shape
        padding = 1 if self.strides == 1 else 0
        frames = conv_length(frames, 3, self.strides, padding)
        return (batch, frames, *rest)

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip."""
        _, frames, height, width, channels = output_shape
        values = frames * height * width * channels
        return values * (3 + self.kernel_size**2)

    def count_hooks(self, input_shape, output_shape):
        """The thesis' figure: space first, so every input frame is filtered."""
        filtered = prod(input_shape[1:]) * self.kernel_size**2
        return filtered + prod(output_shape[1:]) * 3

    def get_config(self):
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "sigma": self.sigma,
            "strides": self.strides,
            "log_norm": self.log_norm,
        }
