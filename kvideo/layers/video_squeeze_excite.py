"""Squeeze-and-excitation over clips.

Source: G. Huang, thesis, 2022, Eq. 4.12 to 4.14, after Hu et al.,
"Squeeze-and-Excitation Networks", CVPR 2018. The thesis adds the excitation to
the features where Hu et al. multiply by its sigmoid, and normalises inside.

Decisions:
- `reduction`: Eq. 4.13 says 2; the sizes of Table 4.6 come out with 16 alone.
- The second convolution of the additive form starts at 0, as in the released
  code's `ChannelGate`, so that pretrained features stay as they are.
- The gated form is that of Hu et al.: no normalisation, no start at 0.
"""

import keras

from kvideo.layers.channel_bottleneck import ChannelBottleneck, check_reduction
from kvideo.layers.checks import check_choice, check_rank
from kvideo.layers.composite import Composite
from kvideo.layers.normalization import BatchNorm

FORMS = ("additive", "gated")


@keras.saving.register_keras_serializable(package="kvideo")
class VideoSqueezeExcite(Composite):
    """Tells the channels of a clip what all its positions hold on average.

    `"additive"`: `x + up(ReLU(BN(down(mean x))))`, at first the identity;
    `"gated"`: `x * sigmoid(up(ReLU(down(mean x))))`. With h = C // reduction,
    2 C h + h + C trainable parameters, and 2 h more in the additive form,
    whose normalisation sees one vector a clip: train it with batches of a
    good many clips.

    Args:
        reduction: C over the channels inside, an integer of at least 1.
        form: `"additive"` or `"gated"`.
        **kwargs: `name`, `dtype`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
    Raises:
        ValueError: For a reduction that is no positive integer, or an
            unknown form.
    """

    def __init__(self, reduction=16, form="additive", **kwargs):
        super().__init__(**kwargs)
        check_reduction(reduction)
        check_choice("form", form, FORMS)
        self.reduction = reduction
        self.form = form

    def build(self, input_shape):
        check_rank(self, input_shape)
        additive = self.form == "additive"
        policy = self.dtype_policy
        self.squeeze = keras.layers.GlobalAveragePooling3D(
            keepdims=True, name="squeeze", dtype=policy
        )
        self.excite = ChannelBottleneck(
            self.reduction,
            BatchNorm(name="bn", dtype=policy) if additive else None,
            zero_up=additive,
            name="excite",
            dtype=policy,
        )
        self.excite.build(self.squeeze.compute_output_shape(input_shape))

    def call(self, inputs, training=None):
        s = self.excite(self.squeeze(inputs), training=training)
        if self.form == "additive":
            return inputs + s
        return inputs * keras.ops.sigmoid(s)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "reduction": self.reduction,
            "form": self.form,
        }
