"""Band-pass lateral connection (BPLC).

Paper: Huang and Bors, "Busy-Quiet Video Disentangling for Video
Classification", WACV 2022; Huang's thesis, Eq. 5.5. One layer is one arrow of
that equation, from the `source` pathway into the `target` pathway:

    target + BN(resize(f(source)))

where f is the motion band-pass on the way from Quiet to Busy, and phi on the
way back. Which way the arrow points after which block is the network's plan
(`kvideo/applications/bqn.py`).

Decision: phi is the identity by default. Only then do the published sizes
(47.4, 85.4 and 6.6 M parameters) come out; `transform="conv"` is the 1x1x1
convolution that the thesis names. `"band_pass_conv"` is of three of the four
files of the authors' code: one more such convolution behind the band-pass. Two
of them resize first, which is the same, and more to compute: resizing mixes
positions, the convolution channels.
"""

import keras

from kvideo import ops
from kvideo.layers.checks import (
    check_choice,
    check_number,
    check_odd,
    check_rank,
)
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.motion_band_pass import LOG_NORMS, MotionBandPass
from kvideo.layers.normalization import BatchNorm

TRANSFORMS = ("band_pass", "identity", "conv", "band_pass_conv")


@keras.saving.register_keras_serializable(package="kvideo")
class BandPassLateralConnection(Composite):
    """Adds what passes from one pathway to the other.

    The scale of the batch normalisation starts at 0: at first the layer
    returns its target unchanged.

    Args:
        transform: `"band_pass"` (MBPM, stride 1), `"identity"`, `"conv"`
            (1x1x1 convolution), or `"band_pass_conv"`, one after the other.
        kernel_size: Side of the MBPM kernel; 7, and 3 on small maps.
        sigma: Scale of the MBPM, in pixels.
        log_norm: Normalisation of the MBPM kernel.

    Call arguments:
        inputs: List of source (B, T, H, W, C) and target (B, T, H', W', C).

    Output shape:
        That of the target.
    Raises:
        ValueError: If frames or channels of source and target differ.
    """

    def __init__(
        self,
        transform="band_pass",
        kernel_size=7,
        sigma=0.9,
        log_norm="sum",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("transform", transform, TRANSFORMS)
        check_odd("kernel_size", kernel_size)
        check_number("sigma", sigma, above=0)
        check_choice("log_norm", log_norm, LOG_NORMS)
        self.transform = transform
        self.kernel_size = kernel_size
        self.sigma = sigma
        self.log_norm = log_norm
        self.passed = self.mixed = None
        self.norm = BatchNorm(
            name="norm", zero_gamma=True, dtype=self.dtype_policy
        )

    def build(self, input_shape):
        source, target = input_shape
        check_rank(self, source)
        check_rank(self, target)
        if source[1] != target[1] or source[-1] != target[-1]:
            raise ValueError(
                "BandPassLateralConnection expects source and target with "
                "the same frames and channels. Received: source "
                f"shape={tuple(source)}, target shape={tuple(target)}."
            )
        if self.transform.startswith("band_pass"):
            # Second differences lose digits in half precision.
            self.passed = MotionBandPass(
                self.kernel_size,
                self.sigma,
                log_norm=self.log_norm,
                name="band_pass",
                dtype="float32",
            )
        elif self.transform == "conv":
            self.passed = self._conv(source[-1])
        if self.transform == "band_pass_conv":
            self.mixed = self._conv(source[-1])
        for layer in self._parts():
            layer.build(source)
        self.norm.build(target)

    def _conv(self, channels):
        return Conv3D(channels, 1, name="conv", dtype=self.dtype_policy)

    def _parts(self):
        """What the source goes through, which keeps its shape."""
        return [x for x in (self.passed, self.mixed) if x is not None]

    def call(self, inputs, training=None):
        source, target = inputs
        x = source
        for layer in self._parts():
            x = layer(x)
        height, width = target.shape[2:4]
        if tuple(source.shape[2:4]) != (height, width):
            x = ops.resize_clip(x, (height, width))
        x = self.norm(x, training=training)
        return target + keras.ops.cast(x, target.dtype)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[1])

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip."""
        source = input_shape[0]
        return sum(layer.count_macs(source, source) for layer in self._parts())

    def get_config(self):
        return {
            **super().get_config(),
            "transform": self.transform,
            "kernel_size": self.kernel_size,
            "sigma": self.sigma,
            "log_norm": self.log_norm,
        }
