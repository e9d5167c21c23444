"""The multilayer perceptron of PWTP, at each position of a feature map.

Source: G. Huang, thesis, 2022, Fig. 3.14 and Table 3.13. A fully connected
layer widens, B residual bottlenecks follow, a last layer gives the outputs;
GELU after every layer but the last. The normalisation of a block stands before
its first layer, and all layers have biases: so the table's sizes come out.
"""

import keras

from kvideo.layers.checks import check_rank
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.normalization import BatchNorm


@keras.saving.register_keras_serializable(package="kvideo")
class BottleneckMLP(Composite):
    """Fully connected layers at each position, in float32 at any precision.

    Parameters, with P input channels and h = max(floor(ratio width), 1):
    P width + width + blocks (3 width + 2 width h + h) + width filters.

    Args:
        filters: Number of output channels. They have no bias.
        width: Channels between the blocks.
        ratio: Channels inside the blocks over `width` (beta).
        blocks: Number of blocks (B), 0 or more.
        **kwargs: `name`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        (B, T, H, W, filters).
    """

    def __init__(self, filters, width, ratio=1 / 4, blocks=1, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.filters = filters
        self.width = width
        self.ratio = ratio
        self.blocks = blocks
        narrow = max(int(ratio * width), 1)
        names = [f"block{i}" for i in range(1, blocks + 1)]
        self.expand = _dense(width, "expand")
        self.norms = [
            BatchNorm(dtype="float32", name=f"{name}_bn") for name in names
        ]
        self.downs = [_dense(narrow, f"{name}_down") for name in names]
        self.ups = [_dense(width, f"{name}_up") for name in names]
        self.reduce = Conv3D(
            filters,
            1,
            # So that what the caller adds to the outputs counts at the start.
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
            dtype="float32",
            name="reduce",
        )

    def build(self, input_shape):
        check_rank(self, input_shape)
        self.expand.build(input_shape)
        wide = (*input_shape[:-1], self.width)
        for norm, down, up in self._blocks():
            norm.build(wide)
            down.build(wide)
            up.build((*input_shape[:-1], down.filters))
        self.reduce.build(wide)

    def _blocks(self):
        return zip(self.norms, self.downs, self.ups, strict=True)

    def call(self, inputs, training=None):
        x = _gelu(self.expand(inputs))
        for norm, down, up in self._blocks():
            inside = _gelu(down(norm(x, training=training)))
            x = x + _gelu(up(inside))
        return self.reduce(x)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "width": self.width,
            "ratio": self.ratio,
            "blocks": self.blocks,
        }


def _dense(filters, name):
    return Conv3D(filters, 1, use_bias=True, dtype="float32", name=name)


def _gelu(x):
    return keras.ops.gelu(x, approximate=False)
