"""Global context block (GC) over clips.

Paper: Cao et al., "GCNet: Non-local Networks Meet Squeeze-Excitation Networks
and Beyond", ICCV Workshops 2019, Fig. 4d, its 1x1 convolutions over space and
time, as Huang's thesis has it in Table 4.6 (`+ 5 GC`).

Decisions: fusion by addition, reduction 16, biases everywhere; the last
convolution starts at 0, as in GCNet's code.
"""

import keras

from kvideo.layers.channel_bottleneck import ChannelBottleneck, check_reduction
from kvideo.layers.checks import check_rank
from kvideo.layers.composite import Composite
from kvideo.layers.context_pool import ContextPool


@keras.saving.register_keras_serializable(package="kvideo")
class GlobalContext(Composite):
    """`x + up(ReLU(LayerNorm(down(context(x)))))`, at first the identity.

    Parameters, with h = C // reduction: 2 C h + 3 h + 2 C + 1.

    Args:
        reduction: C over the channels inside, an integer of at least 1.
        **kwargs: `name`, `dtype`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
    Raises:
        ValueError: If `reduction` is no positive integer, or so large that
            less than two channels are left inside.
    """

    def __init__(self, reduction=16, **kwargs):
        super().__init__(**kwargs)
        check_reduction(reduction)
        self.reduction = reduction

    def build(self, input_shape):
        check_rank(self, input_shape)
        if input_shape[-1] // self.reduction < 2:
            raise ValueError(
                "GlobalContext normalises the C // reduction channels inside, "
                "of which there must be two or more. Received: "
                f"reduction={self.reduction}, shape={tuple(input_shape)}. "
                "Give a smaller reduction."
            )
        policy = self.dtype_policy
        self.context = ContextPool(name="context", dtype=policy)
        self.transform = ChannelBottleneck(
            self.reduction,
            keras.layers.LayerNormalization(
                epsilon=1e-5, name="ln", dtype=policy
            ),
            zero_up=True,
            name="transform",
            dtype=policy,
        )
        self.context.build(input_shape)
        self.transform.build(self.context.compute_output_shape(input_shape))

    def call(self, inputs):
        return inputs + self.transform(self.context(inputs))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "reduction": self.reduction}
