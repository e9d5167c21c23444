"""Batch normalisation with the constants that every network here uses."""

import keras

MOMENTUM = 0.9
EPSILON = 1e-5


def BatchNorm(name=None, zero_gamma=False, **kwargs):
    """A `keras.layers.BatchNormalization` with PyTorch's constants.

    PyTorch's `momentum=0.1, eps=1e-5`, which all papers here trained with, is
    Keras' `momentum=0.9, epsilon=1e-5`. Keras' own defaults (0.99, 1e-3)
    give other numbers for the same weights.

    Args:
        name: Name of the layer.
        zero_gamma: Start the scale at 0, so that a residual branch that ends
            in this layer is the identity at the start of training.
        **kwargs: Passed on, e.g. `synchronized=True`.

    Returns:
        A `keras.layers.BatchNormalization`.
    """
    return keras.layers.BatchNormalization(
        momentum=MOMENTUM,
        epsilon=EPSILON,
        gamma_initializer="zeros" if zero_gamma else "ones",
        name=name,
        **kwargs,
    )
