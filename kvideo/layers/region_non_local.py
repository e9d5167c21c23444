"""Region-based non-local operation (RNL).

Paper: G. Huang, A. G. Bors, "Region-based non-local operation for video
classification", ICPR 2020; Huang's thesis, section 4.2, Eq. 4.2 to 4.9. How
alike two positions are is told from the regions around them, which a
channel-wise operation F sums up:

    g = W_g x,  q = F(g),  y_i = sum_j f(q_i, q_j) g_j / C,  z = x + W_z y

Decisions, where the thesis and the released code differ or are silent:
- A batch normalisation whose scale starts at 0 ends the branch, as in the
  code; Eq. 4.8 has none. So the layer is the identity at the start.
- 1x1x1 convolutions have biases, the channel-wise one has none (code).
- The code makes the channel-wise convolution of a dense kernel and a mask;
  what it draws is kept (Xavier's bound of that dense kernel), its zeros are
  not. The published parameters count them: see docs/attention.md.
- Averages at the border count the zeros around the clip, as PyTorch's do.
- A region of one position is no operation at all, as in the code.
"""

import math

import keras

from kvideo.layers.checks import check_choice, check_flag, check_odd, triple
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.pooling import AveragePool3D, MaxPool3D
from kvideo.layers.position_attention import PositionAttention, called
from kvideo.ops.attention import count_attention_macs

# Eq. 4.5 to 4.7 -> kinds of weights.
MODES = {"gaussian": "softmax", "dot": "linear", "cosine": "relu"}
REGIONS = ("conv", "average", "max")
# Input channels of a group in the code's kernel, before its mask.
CODE_GROUP = 32
# Added to squared lengths before the square root.
EPSILON = 1e-12


@keras.saving.register_keras_serializable(package="kvideo")
class RegionNonLocal(PositionAttention):
    """Adds to each position what looks alike around it, from all positions.

    `x + BN(out(sum_j w_ij g_j))` with g a 1x1x1 convolution of x and q the
    regions of g summed up, channel by channel. w_ij is, by `mode`:

    - `"gaussian"`: softmax over j of q_i . q_j (Eq. 4.5);
    - `"dot"`: q_i . q_j / N (Eq. 4.6), N = T H W;
    - `"cosine"`: ReLU(cos(q_i, q_j)) / N (Eq. 4.7).

    The scale of the batch normalisation starts at 0: at first the layer is
    the identity. Parameters: C^2 + 3.5 C, all trainable, and for the
    convolution kt kh kw C / 2 more.

    Args:
        kernel_size: Odd integer or three, (T, H, W): the region. The thesis
            has (3, 7, 7) in res3 and (3, 3, 3) in res4.
        mode: See above.
        region: How a region is summed up: `"conv"` (channel-wise, trained),
            `"average"` or `"max"`.
        inter_channels: Channels of g and q; default: C // 2.
        sub_sample: Whether keys and values are max-pooled to half of H and W.
        query_chunk: Positions whose weights are held at a time; the result
            is the same. `"auto"`: as many as make 2^22 weights; None: all.
        kernel_initializer: Of the two 1x1x1 convolutions; default: as in TSM.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same. See `call` for the weights of one position.
    Raises:
        ValueError: For an even kernel, an unknown mode or region, a size
            below 1, or chunks of a clip of unknown size.
    """

    def __init__(
        self,
        kernel_size=(3, 7, 7),
        mode="gaussian",
        region="conv",
        inter_channels=None,
        sub_sample=False,
        query_chunk="auto",
        kernel_initializer=None,
        **kwargs,
    ):
        super().__init__(
            inter_channels,
            sub_sample,
            query_chunk,
            kernel_initializer,
            **kwargs,
        )
        check_flag("sub_sample", sub_sample)
        self.kernel_size = triple("kernel_size", kernel_size)
        for size in self.kernel_size:
            check_odd("kernel_size", size)
        check_choice("mode", mode, tuple(MODES))
        check_choice("region", region, REGIONS)
        self.mode = mode
        self.region = region
        self.weights_kind = MODES[mode]

    def build_projections(self, channels, inner):
        self.g = self.conv(inner, "g")
        self.around = self._around(inner)

    def _around(self, channels):
        """The layer F, or None for a region of one position."""
        options = {"name": "region", "dtype": self.dtype_policy}
        if self.kernel_size == (1, 1, 1):
            return None
        if self.region == "conv":
            fans = (CODE_GROUP + channels) * math.prod(self.kernel_size)
            return Conv3D(
                channels,
                self.kernel_size,
                groups=channels,
                kernel_initializer=keras.initializers.RandomUniform(
                    -math.sqrt(6 / fans), math.sqrt(6 / fans)
                ),
                **options,
            )
        pool = AveragePool3D if self.region == "average" else MaxPool3D
        padding = tuple(k // 2 for k in self.kernel_size)
        return pool(self.kernel_size, 1, padding, **options)

    def project(self, inputs):
        values = self.g(inputs)
        queries = self.around(values) if self.around else values
        if self.mode == "cosine":
            queries = _unit_length(queries)
        keys = queries
        if self.sub_sample:
            keys, values = self.pool(keys), self.pool(values)
        return queries, keys, values

    def sublayer_shapes(self, input_shape):
        """Each layer inside with the shapes that enter and leave it."""
        x = tuple(input_shape)
        inner = (*x[:-1], self.g.filters)
        around = [(self.around, inner)] if self.around else []
        return called((self.g, x), *around, (self.out, inner), (self.bn, x))

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip, of both matrix products too."""
        positions = math.prod(input_shape[1:4])
        keys = math.prod(self.key_shape(input_shape)[1:4])
        inner = self.g.filters
        return self.convolution_macs(input_shape) + count_attention_macs(
            positions, keys, inner, inner, self.weights_kind
        )

    def count_hooks(self, input_shape, output_shape):
        """As Tables 4.3 and 4.6, without F: the authors' channel-wise
        convolution is a function, which hooks on modules do not see."""
        calls = self.sublayer_shapes(input_shape)
        return sum(
            2 * math.prod(o[1:]) if f is self.bn else f.count_hooks(i, o)
            for f, i, o in calls
            if f is not self.around
        )

    def get_config(self):
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "mode": self.mode,
            "region": self.region,
        }


def _unit_length(x):
    """Every position divided by its length."""
    x32 = keras.ops.cast(x, "float32")
    squares = keras.ops.sum(keras.ops.square(x32), axis=-1, keepdims=True)
    return keras.ops.cast(x32 * keras.ops.rsqrt(squares + EPSILON), x.dtype)
