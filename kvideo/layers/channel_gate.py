"""The channel attention of the RNL network's released code.

Source: `ChannelGate` in ops/rnl.py of the thesis' code
(github.com/russellllaputa/region-based-non-local-network), which stands where
the thesis has `VideoSqueezeExcite`, in front of the first RNL block alone. It
averages with learned weights, as GCNet, and normalises with moving statistics
that move by a hundredth a step (PyTorch's momentum 0.01).
"""

import keras

from kvideo.layers.channel_bottleneck import ChannelBottleneck, check_reduction
from kvideo.layers.checks import check_rank
from kvideo.layers.composite import Composite
from kvideo.layers.context_pool import ContextPool
from kvideo.layers.normalization import BatchNorm


@keras.saving.register_keras_serializable(package="kvideo")
class ChannelGate(Composite):
    """`x + up(ReLU(BN(down(context(x)))))`, at first the identity.

    Trainable parameters, with h = C // reduction: 2 C h + 3 h + 2 C + 1. The
    normalisation sees one vector a clip: train with batches of a good many.

    Args:
        reduction: C over the channels inside, an integer of at least 1.
        **kwargs: `name`, `dtype`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
    Raises:
        ValueError: If `reduction` is no positive integer.
    """

    def __init__(self, reduction=2, **kwargs):
        super().__init__(**kwargs)
        check_reduction(reduction)
        self.reduction = reduction

    def build(self, input_shape):
        check_rank(self, input_shape)
        policy = self.dtype_policy
        self.context = ContextPool(name="context", dtype=policy)
        self.transform = ChannelBottleneck(
            self.reduction,
            BatchNorm(momentum=0.99, name="bn", dtype=policy),
            zero_up=True,
            name="transform",
            dtype=policy,
        )
        self.context.build(input_shape)
        self.transform.build(self.context.compute_output_shape(input_shape))

    def call(self, inputs, training=None):
        context = self.context(inputs)
        return inputs + self.transform(context, training=training)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}
