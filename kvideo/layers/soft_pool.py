"""SoftPool over frames and over clips.

Paper: Stergiou, Poppe, Kalliatakis, "Refining Activation Downsampling with
SoftPool", ICCV 2021; Eq. 5 of Stergiou and Poppe, "Multi-Temporal
Convolutions for Human Action Recognition in Videos". Decisions are in
`kvideo/ops/soft_pool.py`.
"""

import keras

from kvideo import ops
from kvideo.layers.checks import check_rank, is_count, triple
from kvideo.ops.windows import covering_length


class _SoftPool(keras.layers.Layer):
    """What the two below share: windows and strides (T, H, W)."""

    def __init__(self, window, strides, **kwargs):
        super().__init__(**kwargs)
        self._window = window
        self._strides = strides

    def build(self, input_shape):
        check_rank(self, input_shape)

    def call(self, inputs):
        return ops.soft_pool(inputs, self._window, self._strides)

    def compute_output_shape(self, input_shape):
        lengths = (
            covering_length(*axis)
            for axis in zip(
                input_shape[1:4], self._window, self._strides, strict=True
            )
        )
        return (input_shape[0], *lengths, input_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
        }


@keras.saving.register_keras_serializable(package="kvideo")
class SoftPool2D(_SoftPool):
    """Exponentially weighted mean over windows of each frame.

    Each value of a window weighs exp(value), each channel by itself: the
    result lies between the mean and the maximum. 1, 2, 3, 4 give 3.49.

    Args:
        pool_size: Integer or two, (H, W).
        strides: Integer or two; default: `pool_size`. Smaller ones overlap.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C), T, H and W known when the layer is called.
    Output shape:
        (B, T, H', W', C). Windows that hang over the end of an axis see its
        last position again: H' = ceil(H / 2) for 2x2 windows.
    Raises:
        ValueError: If a size is no positive integer.
    """

    def __init__(self, pool_size=2, strides=None, **kwargs):
        self.pool_size = _pair("pool_size", pool_size)
        self.strides = _pair(
            "strides", self.pool_size if strides is None else strides
        )
        super().__init__((1, *self.pool_size), (1, *self.strides), **kwargs)


@keras.saving.register_keras_serializable(package="kvideo")
class SoftPool3D(_SoftPool):
    """Exponentially weighted mean over windows of space and time.

    Args:
        pool_size: Integer or three, (T, H, W).
        strides: Integer or three; default: `pool_size`. Smaller ones overlap.
        **kwargs: `name`, `dtype`, ...

    Input shape:
        (B, T, H, W, C), T, H and W known when the layer is called.
    Output shape:
        (B, T', H', W', C), as in `SoftPool2D`, along time too.
    Raises:
        ValueError: If a size is no positive integer.
    """

    def __init__(self, pool_size=2, strides=None, **kwargs):
        self.pool_size = triple("pool_size", pool_size)
        self.strides = triple(
            "strides", self.pool_size if strides is None else strides
        )
        super().__init__(self.pool_size, self.strides, **kwargs)


def _pair(argument, value):
    """`value` as two positive integers (H, W)."""
    listed = value if isinstance(value, list | tuple) else (value,) * 2
    if len(listed) != 2 or not all(map(is_count, listed)):
        raise ValueError(
            f"`{argument}` must be a positive integer or two of them (H, W). "
            f"Received: {argument}={value!r}."
        )
    return tuple(listed)
