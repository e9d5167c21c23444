"""What operators share in which every position looks at all others.

z_i = x_i + BN(out(sum_j w_ij v_j)): Eq. 4.1 and 4.8 of Huang's thesis. A layer
of this kind says what queries, keys and values are, and of which kind the
weights w; see `kvideo.ops.attend` for how w is never held whole.

Decision: PyTorch's default initial weights of convolutions, but zero biases,
as in TSM's code, unless an initialiser is given.
"""

import keras

from kvideo import ops
from kvideo.layers.checks import check_rank, is_count
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D, torch_uniform
from kvideo.layers.normalization import BatchNorm
from kvideo.layers.pooling import MaxPool3D


class PositionAttention(Composite):
    """The residual around a weighted sum over all positions of a clip.

    A subclass adds its projections in `build_projections`, and has `project`
    (clip to queries, keys and values, each a clip), `weights_kind` (of
    `kvideo.ops.attention_weights`) and `sublayer_shapes`.
    """

    def __init__(
        self,
        inter_channels=None,
        sub_sample=False,
        query_chunk="auto",
        kernel_initializer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check_size("inter_channels", inter_channels, (None,))
        _check_size("query_chunk", query_chunk, (None, "auto"))
        self.inter_channels = inter_channels
        self.sub_sample = sub_sample
        self.query_chunk = query_chunk
        self.kernel_initializer = keras.initializers.get(
            kernel_initializer or torch_uniform()
        )

    def build(self, input_shape):
        check_rank(self, input_shape)
        if isinstance(self.query_chunk, int) and None in input_shape[1:4]:
            raise ValueError(
                "`query_chunk` needs a known T, H and W. Received: "
                f"query_chunk={self.query_chunk}, "
                f"shape={tuple(input_shape)}. Give the size of the clip, or "
                "query_chunk='auto'."
            )
        channels = input_shape[-1]
        inner = self.inter_channels or max(channels // 2, 1)
        self.pool = MaxPool3D((1, 2, 2), name="pool", dtype=self.dtype_policy)
        self.build_projections(channels, inner)
        self.out = self.conv(channels, "out")
        self.bn = BatchNorm(name="bn", zero_gamma=True, dtype=self.dtype_policy)
        for layer, shape, _ in self.sublayer_shapes(input_shape):
            layer.build(shape)

    def conv(self, filters, name):
        """A 1x1x1 convolution with bias."""
        return Conv3D(
            filters,
            1,
            use_bias=True,
            # A clone: one initialiser draws the same numbers every time.
            kernel_initializer=self.kernel_initializer.clone(),
            name=name,
            dtype=self.dtype_policy,
        )

    def call(
        self,
        inputs,
        training=None,
        return_attention_scores=False,
        position=None,
    ):
        """The output, and what one position looks at, if asked for.

        Args:
            inputs: Clips (B, T, H, W, C).
            training: Whether batch normalisation takes the batch's moments.
            return_attention_scores: Whether to return the weights, too.
            position: The position (t, h, w) that looks; needed for them.

        Returns:
            (B, T, H, W, C); with scores a pair of that and the weights
            (B, T, H, W), float32: for every position how much it adds to
            `position`. With `sub_sample` (B, T, H // 2, W // 2).
        """
        queries, keys, values = self.project(inputs)
        y = ops.attend(
            *map(ops.flatten_positions, (queries, keys, values)),
            self.weights_kind,
            self.query_chunk,
        )
        y = ops.unflatten_positions(y, inputs)
        outputs = inputs + self.bn(self.out(y), training=training)
        if not return_attention_scores:
            return outputs
        return outputs, self._look_from(position, queries, keys)

    def _look_from(self, position, queries, keys):
        """Weights (B, T, H, W) of one query."""
        t, h, w = _checked_position(position, queries.shape[1:4])
        scores = ops.attention_weights(
            queries[:, t : t + 1, h, w],
            ops.flatten_positions(keys),
            self.weights_kind,
        )
        scores = keras.ops.swapaxes(scores, 1, 2)
        return ops.unflatten_positions(scores, keys)[..., 0]

    def key_shape(self, input_shape):
        """Shape of the clip of keys."""
        if self.sub_sample:
            return self.pool.compute_output_shape(input_shape)
        return tuple(input_shape)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def compute_output_spec(
        self,
        inputs,
        training=None,
        return_attention_scores=False,
        position=None,
    ):
        outputs = keras.KerasTensor(inputs.shape, self.compute_dtype)
        if not return_attention_scores:
            return outputs
        _checked_position(position, inputs.shape[1:4])
        keys = self.key_shape(inputs.shape)
        return outputs, keras.KerasTensor(keys[:4], "float32")

    def convolution_macs(self, input_shape):
        """Multiply-accumulates of all convolutions inside, for one clip."""
        return sum(
            layer.count_macs(i, o)
            for layer, i, o in self.sublayer_shapes(input_shape)
            if isinstance(layer, Conv3D)
        )

    def get_config(self):
        return {
            **super().get_config(),
            "inter_channels": self.inter_channels,
            "sub_sample": self.sub_sample,
            "query_chunk": self.query_chunk,
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
        }


def called(*calls):
    """List of (layer, input shape, output shape) for (layer, input shape)."""
    return [(f, tuple(s), f.compute_output_shape(s)) for f, s in calls]


def _check_size(argument, value, others):
    if value in others:
        return
    if not is_count(value):
        known = " or ".join(repr(other) for other in others)
        raise ValueError(
            f"`{argument}` must be a positive integer or {known}. Received: "
            f"{argument}={value!r}."
        )


def _checked_position(position, sizes):
    """`position` as three integers inside of a clip of the sizes."""
    values = tuple(position) if position is not None else ()
    if len(values) != 3 or any(
        not is_count(v, 0) or (size is not None and v >= size)
        for v, size in zip(values, sizes, strict=True)
    ):
        raise ValueError(
            "`return_attention_scores=True` needs the position that looks, "
            "`position=(t, h, w)`, three integers from 0 to below (T, H, W) = "
            f"{tuple(sizes)}. Received: position={position!r}."
        )
    return values
