"""Batch normalisation with the constants that every network here uses."""

import keras

from kvideo import ops
from kvideo.layers.checks import check_flag, check_number


@keras.saving.register_keras_serializable(package="kvideo")
class BatchNorm(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, PyTorch's constants, fused.

    PyTorch's `momentum=0.1, eps=1e-5`, which all papers here trained with, is
    Keras' `momentum=0.9, epsilon=1e-5`; Keras' own defaults (0.99, 1e-3) give
    other numbers for the same weights. Training takes the fused kernel of
    `kvideo.ops.batch_norm`; the numbers are those of Keras' layer.

    Args:
        momentum: Share of the old moving statistics that stays.
        epsilon: Added to the variance.
        zero_gamma: Start the scale at 0, so that a residual branch that ends
            in this layer is the identity at the start of training.
        synchronized: Statistics over all replicas of a strategy (Keras' own
            kernel then).
        **kwargs: `name`, `dtype`, `trainable`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
    """

    def __init__(
        self,
        momentum=0.9,
        epsilon=1e-5,
        zero_gamma=False,
        synchronized=False,
        **kwargs,
    ):
        check_number("momentum", momentum, 0, 1)
        check_number("epsilon", epsilon, low=0)
        check_flag("zero_gamma", zero_gamma)
        check_flag("synchronized", synchronized)
        super().__init__(
            momentum=momentum,
            epsilon=epsilon,
            gamma_initializer="zeros" if zero_gamma else "ones",
            synchronized=synchronized,
            **kwargs,
        )
        self.zero_gamma = zero_gamma

    def call(self, inputs, training=None, mask=None):
        fused = len(inputs.shape) == 5 and not self.synchronized
        if not (training and self.trainable and fused):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = ops.batch_norm(
            inputs, self.gamma, self.beta, self.epsilon
        )
        self._move(self.moving_mean, mean)
        self._move(self.moving_variance, variance)
        return outputs

    def _move(self, average, value):
        value = keras.ops.cast(value, average.dtype)
        average.assign(average * self.momentum + value * (1.0 - self.momentum))

    def get_config(self):
        names = ("name", "trainable", "dtype", "momentum", "epsilon")
        config = super().get_config()
        return {
            **{name: config[name] for name in names},
            "zero_gamma": self.zero_gamma,
            "synchronized": self.synchronized,
        }
