"""Non-local block.

Paper: Wang, Girshick, Gupta, He, "Non-local Neural Networks", CVPR 2018,
Eq. 1 to 6; Eq. 4.1 of Huang's thesis. Each position takes a weighted sum over
all positions of the clip; the weights say how alike two positions are.

Decisions, where the releases differ:
- `sub_sample`: TSM's code pools keys and values after their convolutions,
  SlowFast's and GluonCV's before, the thesis' tables have no pooling.
- `scale`: SlowFast and GluonCV divide the logits by the square root of their
  length, TSM and the thesis do not.
- Initial weights are those of TSM's code (PyTorch's default, but zero
  biases). GluonCV: `RandomNormal(stddev=0.01)`; SlowFast: He normal over the
  fan-out (`kvideo.layers.conv3d.he_normal_fan_out()`).
"""

import keras

from kvideo import ops
from kvideo.layers.checks import check_choice, check_rank
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.normalization import BatchNorm
from kvideo.layers.pooling import MaxPool3D

FORMS = ("embedded", "gaussian", "dot", "concat")
SOFTMAX_FORMS = ("embedded", "gaussian")
SUB_SAMPLES = (False, "before", "after")


@keras.saving.register_keras_serializable(package="kvideo")
class NonLocal(keras.layers.Layer):
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
        query_chunk: Positions whose weights are held at a time, so that the
            matrix of all pairs never is; None: all. Needs a known T, H, W.
            The result is the same.
        kernel_initializer: Of the four convolutions; default: as in TSM.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
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
        query_chunk=None,
        kernel_initializer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("form", form, FORMS)
        check_choice("sub_sample", sub_sample, SUB_SAMPLES)
        _check_size("inter_channels", inter_channels)
        _check_size("query_chunk", query_chunk)
        if scale and form not in SOFTMAX_FORMS:
            raise ValueError(
                "`scale` is for the forms with a softmax, "
                f"{SOFTMAX_FORMS}; the others divide by the number of "
                f"positions. Received: form={form!r}, scale={scale}."
            )
        self.form = form
        self.inter_channels = inter_channels
        self.sub_sample = sub_sample
        self.scale = scale
        self.query_chunk = query_chunk
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or torch_uniform()
        )
        self.theta = self.phi = None

    def build(self, input_shape):
        check_rank(self, input_shape)
        if self.query_chunk and None in tuple(input_shape[1:4]):
            raise ValueError(
                "`query_chunk` needs a known T, H and W. Received: "
                f"query_chunk={self.query_chunk}, "
                f"shape={tuple(input_shape)}. Give the size of the clip, or "
                "query_chunk=None."
            )
        channels = input_shape[-1]
        inner = self.inter_channels or max(channels // 2, 1)
        if self.form != "gaussian":
            self.theta = self._conv(inner, "theta")
            self.phi = self._conv(inner, "phi")
        self.g = self._conv(inner, "g")
        self.out = self._conv(channels, "out")
        self.bn = BatchNorm(name="bn", zero_gamma=True, dtype=self.dtype_policy)
        self.pool = MaxPool3D((1, 2, 2), name="pool", dtype=self.dtype_policy)
        for layer, shape, _ in self.sublayer_shapes(input_shape):
            layer.build(shape)
        if self.form == "concat":
            self.pair_kernel = self.add_weight(
                name="pair_kernel",
                shape=(2 * inner, 1),
                initializer=self.kernel_initializer.clone(),
            )

    def _conv(self, filters, name):
        return Conv3D(
            filters,
            1,
            use_bias=True,
            # A clone: one initialiser draws the same numbers every time.
            kernel_initializer=self.kernel_initializer.clone(),
            name=name,
            dtype=self.dtype_policy,
        )

    def call(self, inputs, training=None):
        queries, keys, values = self._project(inputs)
        keys = keras.ops.swapaxes(keys, 1, 2)
        y = ops.map_chunks(
            lambda q: keras.ops.matmul(self._weights(q, keys), values),
            queries,
            self.query_chunk,
        )
        y = ops.unflatten_positions(y, inputs)
        return inputs + self.bn(self.out(y), training=training)

    def _project(self, x):
        """Queries (B, N, D), keys (B, M, D) and values (B, M, C')."""
        pooled = self.pool(x) if self.sub_sample == "before" else x
        queries = self.theta(x) if self.theta else x
        keys = self.phi(pooled) if self.phi else pooled
        values = self.g(pooled)
        if self.sub_sample == "after":
            keys, values = self.pool(keys), self.pool(values)
        queries, keys, values = map(
            ops.flatten_positions, (queries, keys, values)
        )
        if self.form == "concat":
            # w . [a, b] = w_1 . a + w_2 . b
            w = keras.ops.cast(self.pair_kernel, queries.dtype)
            inner = queries.shape[-1]
            queries = keras.ops.matmul(queries, w[:inner])
            keys = keras.ops.matmul(keys, w[inner:])
        elif self.scale:
            queries = queries * queries.shape[-1] ** -0.5
        return queries, keys, values

    def _weights(self, queries, keys):
        """Weights (B, n, M) of n queries (B, n, D), keys (B, D, M)."""
        if self.form == "concat":
            weights = keras.ops.relu(queries + keys)
        else:
            weights = keras.ops.matmul(queries, keys)
        # Sums over thousands of positions lose digits in half precision.
        weights = keras.ops.cast(weights, "float32")
        if self.form in SOFTMAX_FORMS:
            weights = keras.ops.softmax(weights)
        else:
            positions = keras.ops.shape(keys)[2]
            weights = weights / keras.ops.cast(positions, "float32")
        return keras.ops.cast(weights, queries.dtype)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def sublayer_shapes(self, input_shape):
        """Each layer inside with the shapes that enter and leave it."""
        x = tuple(input_shape)
        pooled = x
        if self.sub_sample == "before":
            pooled = self.pool.compute_output_shape(x)
        calls = [(self.g, pooled)]
        if self.theta:
            calls = [(self.theta, x), (self.phi, pooled), *calls]
        calls += [(self.out, (*x[:-1], self.g.filters)), (self.bn, x)]
        return [(f, s, f.compute_output_shape(s)) for f, s in calls]

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip, of both matrix products too."""
        convolutions = sum(
            layer.count_macs(i, o)
            for layer, i, o in self.sublayer_shapes(input_shape)
            if isinstance(layer, Conv3D)
        )
        _, t, h, w, channels = input_shape
        positions = t * h * w
        keys = t * (h // 2) * (w // 2) if self.sub_sample else positions
        inner = self.g.filters
        pairs = positions * keys
        if self.form == "concat":
            return convolutions + (positions + keys + pairs) * inner
        length = channels if self.form == "gaussian" else inner
        return convolutions + pairs * (length + inner)

    def get_config(self):
        return {
            **super().get_config(),
            "form": self.form,
            "inter_channels": self.inter_channels,
            "sub_sample": self.sub_sample,
            "scale": self.scale,
            "query_chunk": self.query_chunk,
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
        }


def torch_uniform():
    """PyTorch's own initial weights of a convolution: +-sqrt(1 / fan-in)."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


def _check_size(argument, value):
    if value is not None and (not isinstance(value, int) or value < 1):
        raise ValueError(
            f"`{argument}` must be a positive integer or None. Received: "
            f"{argument}={value!r}."
        )
