"""Convolution pyramid attention (CPA).

Paper: Huang's thesis, section 4.3, Eq. 4.10 and 4.11. The channels are
averaged, convolutions of one channel and several sizes look at the result,
and a softmax over all positions of the sum says where and when to look:

    CPA(x) = softmax_THW(F(mean_C(x))) * x,  F = f_1x1x1 + f_3x3x3 + ...

Decisions, where the thesis is silent:
- The output is x + CPA(x). As written the softmax divides every value by
  about T H W, which would wipe out what a trained network has learned, and
  section 4.2.4 wants blocks that leave it alone. `residual=False` is Eq. 4.10.
- The convolutions have biases. They shift all positions alike, so that the
  softmax takes them out again; they stay for the sake of PyTorch's habit.
- Initial weights are PyTorch's default, but zero biases, as in `NonLocal`.
"""

import keras

from kvideo import ops
from kvideo.layers.checks import check_flag, check_odd, check_rank, triple
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D, torch_uniform

# The best row of Table 4.5.
PYRAMID = ((1, 1, 1), (3, 3, 3), (3, 7, 7), (3, 9, 9))


@keras.saving.register_keras_serializable(package="kvideo")
class ConvPyramidAttention(Composite):
    """Says where and when to look, with kernels of several sizes.

    Parameters: the sum of kt kh kw over the pyramid, and one bias for each;
    418 + 4 for the default.

    Args:
        pyramid: Kernel sizes, each an odd integer or three, (T, H, W). The
            rows of Table 4.5 are such lists.
        residual: Whether the output is x + CPA(x) or Eq. 4.10 as written.
        use_bias: Whether the convolutions have biases.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same. See `call` for the map.
    Raises:
        ValueError: For an empty pyramid, or a kernel that is even.
    """

    def __init__(self, pyramid=PYRAMID, residual=True, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        listed = pyramid if isinstance(pyramid, list | tuple) else ()
        self.pyramid = tuple(triple("pyramid", size) for size in listed)
        if not self.pyramid:
            raise ValueError(
                "`pyramid` must have at least one kernel size, such as "
                f"(3, 7, 7). Received: pyramid={pyramid!r}."
            )
        for size in self.pyramid:
            for length in size:
                check_odd("pyramid", length)
        check_flag("residual", residual)
        check_flag("use_bias", use_bias)
        self.residual = residual
        self.use_bias = use_bias

    def build(self, input_shape):
        check_rank(self, input_shape)
        self.levels = [
            Conv3D(
                1,
                size,
                use_bias=self.use_bias,
                kernel_initializer=torch_uniform(),
                name=f"level{number}",
                dtype=self.dtype_policy,
            )
            for number, size in enumerate(self.pyramid, start=1)
        ]
        for level in self.levels:
            level.build((*input_shape[:-1], 1))

    def call(self, inputs, return_attention_scores=False):
        """The output, and the map, if asked for.

        Args:
            inputs: Clips (B, T, H, W, C).
            return_attention_scores: Whether to return the map, too.

        Returns:
            (B, T, H, W, C); with scores a pair of that and the map
            (B, T, H, W), float32, which adds up to 1 for each clip.
        """
        mean = keras.ops.mean(inputs, axis=-1, keepdims=True)
        logits = sum(level(mean) for level in self.levels)
        # Shares of thousands of positions lose digits in half precision.
        logits = keras.ops.cast(ops.flatten_positions(logits), "float32")
        # Not over three axes at once, for which Keras needs a known batch.
        scores = keras.ops.softmax(logits, axis=1)
        scores = ops.unflatten_positions(scores, inputs)
        outputs = inputs * keras.ops.cast(scores, inputs.dtype)
        if self.residual:
            outputs = inputs + outputs
        if return_attention_scores:
            return outputs, scores[..., 0]
        return outputs

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def compute_output_spec(self, inputs, return_attention_scores=False):
        outputs = keras.KerasTensor(inputs.shape, self.compute_dtype)
        if not return_attention_scores:
            return outputs
        return outputs, keras.KerasTensor(inputs.shape[:4], "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "pyramid": self.pyramid,
            "residual": self.residual,
            "use_bias": self.use_bias,
        }
