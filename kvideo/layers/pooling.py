"""3-D pooling as two 2-D poolings: the only form that TFLite's built-in ops
run (there is no MaxPool3D or AveragePool3D among them)."""

import keras

from kvideo import ops
from kvideo.layers.checks import (
    check_flag,
    check_rank,
    conv_length,
    is_count,
    triple,
)


class _Pool3D(keras.layers.Layer):
    """Pooling over (T, H, W) with the papers' symmetric padding.

    Args:
        pool_size: Integer or three, (T, H, W).
        strides: Integer or three; default: `pool_size`.
        padding: Integers of padding at both ends of (T, H, W). Padding never
            wins a maximum.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        (B, T', H', W', C).
    """

    def __init__(self, pool_size, strides=None, padding=(0, 0, 0), **kwargs):
        super().__init__(**kwargs)
        self.pool_size = triple("pool_size", pool_size)
        self.strides = triple(
            "strides", pool_size if strides is None else strides
        )
        listed = isinstance(padding, list | tuple)
        self.padding = tuple(padding) if listed else ()
        if len(self.padding) != 3 or any(
            not is_count(p, 0) or p > k // 2
            for p, k in zip(self.padding, self.pool_size, strict=True)
        ):
            raise ValueError(
                "`padding` must be three integers (T, H, W) of at most half "
                f"the window. Received: padding={padding!r}, "
                f"pool_size={self.pool_size}."
            )

    def build(self, input_shape):
        check_rank(self, input_shape)

    def compute_output_shape(self, input_shape):
        lengths = (
            conv_length(*axis)
            for axis in zip(
                input_shape[1:4],
                self.pool_size,
                self.strides,
                self.padding,
                strict=True,
            )
        )
        return (input_shape[0], *lengths, input_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }


@keras.saving.register_keras_serializable(package="kvideo")
class MaxPool3D(_Pool3D):
    __doc__ = _Pool3D.__doc__.replace("Pooling", "Maximum pooling", 1)

    def call(self, inputs):
        return ops.max_pool3d(
            inputs, self.pool_size, self.strides, self.padding
        )


@keras.saving.register_keras_serializable(package="kvideo")
class AveragePool3D(_Pool3D):
    """Average pooling over (T, H, W) with the papers' symmetric padding.

    Args:
        pool_size: Integer or three, (T, H, W).
        strides: Integer or three; default: `pool_size`.
        padding: Integers of zeros at both ends of (T, H, W).
        count_padding: Whether those zeros count, as in PyTorch, or the mean
            is over what a window has in the clip, as in Keras' "same".

    Input shape:
        (B, T, H, W, C).
    Output shape:
        (B, T', H', W', C).
    """

    def __init__(
        self,
        pool_size,
        strides=None,
        padding=(0, 0, 0),
        count_padding=True,
        **kwargs,
    ):
        super().__init__(pool_size, strides, padding, **kwargs)
        check_flag("count_padding", count_padding)
        self.count_padding = count_padding

    def call(self, inputs):
        return ops.avg_pool3d(
            inputs,
            self.pool_size,
            self.strides,
            self.padding,
            self.count_padding,
        )

    def get_config(self):
        return {**super().get_config(), "count_padding": self.count_padding}
