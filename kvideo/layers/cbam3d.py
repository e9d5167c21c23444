"""Convolutional block attention module (CBAM) over clips.

Paper: Woo et al., "CBAM: Convolutional Block Attention Module", ECCV 2018,
Eq. 2 and 3, over space and time as Huang's thesis compares with it in
Table 4.6 (`+ 5 CBAM`).

Decisions, where the thesis is silent: reduction 16; the spatial attention is a
7x7x7 convolution without bias and a batch normalisation, as in CBAM's code
with one axis more (7x7 would make 24.791 M, not 24.794 M, of the 24.80 M).
"""

import keras

from kvideo.layers.channel_bottleneck import ChannelBottleneck, check_reduction
from kvideo.layers.checks import check_rank, triple
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.normalization import BatchNorm

CLIP = (1, 2, 3)


@keras.saving.register_keras_serializable(package="kvideo")
class CBAM3D(Composite):
    """Weighs the channels of a clip, then its positions.

    `y = x * sigmoid(mlp(mean x) + mlp(max x))` over all positions, then
    `y * sigmoid(BN(conv([mean y, max y])))` over the channels. Both factors
    lie in (0, 1), so that the layer is never the identity. Parameters, with
    h = C // reduction and a kernel of k: 2 C h + h + C + 2 k + 2.

    Args:
        reduction: C over the channels inside, an integer of at least 1.
        kernel_size: Of the convolution over positions, odd, (T, H, W).
        **kwargs: `name`, `dtype`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
    Raises:
        ValueError: If `reduction` is no positive integer, or a kernel size
            is even.
    """

    def __init__(self, reduction=16, kernel_size=7, **kwargs):
        super().__init__(**kwargs)
        check_reduction(reduction)
        self.reduction = reduction
        self.kernel_size = triple("kernel_size", kernel_size)
        self.average = keras.layers.GlobalAveragePooling3D(
            keepdims=True, name="average", dtype=self.dtype_policy
        )
        self.mlp = ChannelBottleneck(
            reduction, name="mlp", dtype=self.dtype_policy
        )
        self.conv = Conv3D(
            1, self.kernel_size, name="conv", dtype=self.dtype_policy
        )
        self.bn = BatchNorm(name="bn", dtype=self.dtype_policy)

    def build(self, input_shape):
        check_rank(self, input_shape)
        batch, *positions, channels = input_shape
        self.mlp.build((batch, 1, 1, 1, channels))
        self.conv.build((batch, *positions, 2))
        self.bn.build((batch, *positions, 1))

    def call(self, inputs, training=None):
        largest = keras.ops.max(inputs, axis=CLIP, keepdims=True)
        s = self.mlp(self.average(inputs)) + self.mlp(largest)
        y = inputs * keras.ops.sigmoid(s)
        pooled = keras.ops.concatenate(
            [
                keras.ops.mean(y, axis=-1, keepdims=True),
                keras.ops.max(y, axis=-1, keepdims=True),
            ],
            axis=-1,
        )
        s = self.bn(self.conv(pooled), training=training)
        return y * keras.ops.sigmoid(s)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "reduction": self.reduction,
            "kernel_size": self.kernel_size,
        }
