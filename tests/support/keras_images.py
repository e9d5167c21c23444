"""Networks of `keras.applications` that look as if they had been trained."""

import keras
import numpy as np


def draw_statistics(model, seed=0):
    """Give normalisations, and biases, values that matter; returns it."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for weight in layer.weights:
                low, high = (-0.3, 0.3)
                if weight.name in ("gamma", "moving_variance"):
                    low, high = (0.5, 1.5)
                weight.assign(rng.uniform(low, high, weight.shape))
        elif getattr(layer, "use_bias", False):
            layer.bias.assign(rng.normal(0, 0.1, layer.bias.shape))
    return model
