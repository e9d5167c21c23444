"""Non-local block.

Paper: Wang, Girshick, Gupta, He, "Non-local Neural Networks", CVPR 2018,
Eq. 1 to 6; Eq. 4.1 of Huang's thesis. Each position takes a weighted sum over
all positions of the clip; the weights say how alike two positions are.

Decisions, where the releases differ:
- `sub_sample`: TSM's code pools keys and values after their convolutions,
  SlowFast's and GluonCV's before, the thesis' tables have no pooling.
- `scale`: SlowFast and GluonCV divide the logits by the square root of their
  length, TSM and the thesis do not.
- Initial weights are those of TSM's code. GluonCV:
  `RandomNormal(stddev=0.01)`; SlowFast: He normal over the fan-out
  (`kvideo.layers.conv3d.he_normal_fan_out()`).
"""

from math import prod

import keras

from kvideo import ops
from kvideo.layers.checks import check_choice, check_flag
from kvideo.layers.position_attention import PositionAttention, called
from kvideo.ops.attention import count_attention_macs

# Form -> kind of weights.
FORMS = {
    "embedded": "softmax",
    "gaussian": "softmax",
    "dot": "linear",
    "concat": "relu",
}
SOFTMAX_FORMS = ("embedded", "gaussian")
SUB_SAMPLES = (False, "before", "after")


@keras.saving.register_keras_serializable(package="kvideo")
class NonLocal(PositionAttention):
    """Adds to each position what it finds alike in the whole clip.

    `x + BN(out(sum_j w_ij g(x_j)))`, where w_ij is, by `form`:

    - `"embedded"`: softmax over j of theta(x_i) . phi(x_j);
    - `"gaussian"`: softmax over j of x_i . x_j;
    - `"dot"`: theta(x_i) . phi(x_j) / N;
    - `"concat"`: ReLU(w . [theta(x_i), phi(x_j)]) / N.

    theta, phi, g and out are 1x1x1 convolutions with bias. The scale of the
    batch normalisation starts at 0: at first the layer is the identity.
    Parameters of the embedded form: 2 C^2 + 4.5 C.

    Args:
        form: See above.
        inter_channels: Channels of theta, phi and g; default: C // 2.
        sub_sample: Whether keys and values are max-pooled to half of H and
            W: False, `"before"` or `"after"` their convolutions.
        scale: Whether the logits are divided by the square root of the
            number of channels that they sum over; for the softmax forms.
        query_chunk: Positions whose weights are held at a time; the result
            is the same. `"auto"`: as many as make 2^22 weights; None: all.
        kernel_initializer: Of the four convolutions; default: as in TSM.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same. See `call` for the weights of one position.
    Raises:
        ValueError: For an unknown form or pooling, a scale in a form without
            softmax, a size below 1, or chunks of a clip of unknown size.
    """

    def __init__(
        self,
        form="embedded",
        inter_channels=None,
        sub_sample=False,
        scale=False,
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
        check_choice("form", form, tuple(FORMS))
        check_choice("sub_sample", sub_sample, SUB_SAMPLES)
        check_flag("scale", scale)
        if scale and form not in SOFTMAX_FORMS:
            raise ValueError(
                "`scale` is for the forms with a softmax, "
                f"{SOFTMAX_FORMS}; the others divide by the number of "
                f"positions. Received: form={form!r}, scale={scale}."
            )
        self.form = form
        self.scale = scale
        self.weights_kind = FORMS[form]
        self.theta = self.phi = None

    def build_projections(self, channels, inner):
        if self.form != "gaussian":
            self.theta = self.conv(inner, "theta")
            self.phi = self.conv(inner, "phi")
        self.g = self.conv(inner, "g")
        if self.form == "concat":
            self.pair_kernel = self.add_weight(
                name="pair_kernel",
                shape=(2 * inner, 1),
                initializer=self.kernel_initializer.clone(),
            )

    def project(self, inputs):
        x = inputs
        pooled = self.pool(x) if self.sub_sample == "before" else x
        queries = self.theta(x) if self.theta else x
        keys = self.phi(pooled) if self.phi else pooled
        values = self.g(pooled)
        if self.sub_sample == "after":
            keys, values = self.pool(keys), self.pool(values)
        if self.form == "concat":
            queries, keys = self._pair(queries, keys)
        if self.scale:
            queries = queries * queries.shape[-1] ** -0.5
        return queries, keys, values

    def _pair(self, queries, keys):
        """w . [a, b] = w_1 . a + w_2 . b = [w_1 . a, 1] . [1, w_2 . b]."""
        kernel = keras.ops.reshape(self.pair_kernel, (1, 1, 1, -1, 1))
        kernel = keras.ops.cast(kernel, queries.dtype)
        inner = queries.shape[-1]
        a = ops.conv3d(queries, kernel[:, :, :, :inner])
        b = ops.conv3d(keys, kernel[:, :, :, inner:])
        return (
            keras.ops.concatenate([a, keras.ops.ones_like(a)], axis=-1),
            keras.ops.concatenate([keras.ops.ones_like(b), b], axis=-1),
        )

    def sublayer_shapes(self, input_shape):
        """Each layer inside with the shapes that enter and leave it."""
        x = tuple(input_shape)
        pooled = self.key_shape(x) if self.sub_sample == "before" else x
        calls = [(self.g, pooled)]
        if self.theta:
            calls = [(self.theta, x), (self.phi, pooled), *calls]
        calls += [(self.out, (*x[:-1], self.g.filters)), (self.bn, x)]
        return called(*calls)

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip, of both matrix products too."""
        positions = prod(input_shape[1:4])
        keys = prod(self.key_shape(input_shape)[1:4])
        inner = self.g.filters
        macs = self.convolution_macs(input_shape)
        if self.form == "concat":
            # Its logits are sums of two numbers.
            return macs + (positions + keys + positions * keys) * inner
        length = input_shape[-1] if self.form == "gaussian" else inner
        return macs + count_attention_macs(
            positions, keys, length, inner, self.weights_kind
        )

    def get_config(self):
        return {
            **super().get_config(),
            "form": self.form,
            "scale": self.scale,
        }
