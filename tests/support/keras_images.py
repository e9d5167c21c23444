"""Weights of `keras.applications` in our layers: one frame is one image."""

import keras
import numpy as np


def draw_statistics(model, seed=0):
    """Give each batch normalisation statistics and shifts that matter."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for weight in layer.weights:
                low, high = (-0.3, 0.3)
                if weight.name in ("gamma", "moving_variance"):
                    low, high = (0.5, 1.5)
                weight.assign(rng.uniform(low, high, weight.shape))


def copy_layer(theirs, ours):
    """Copy a 2-D convolution or a batch normalisation of Keras."""
    if isinstance(theirs, keras.layers.BatchNormalization):
        # Without `scale` they have no gamma: ours stays 1.
        if theirs.scale:
            ours.gamma.assign(theirs.gamma)
        ours.beta.assign(theirs.beta)
        ours.moving_mean.assign(theirs.moving_mean)
        ours.moving_variance.assign(theirs.moving_variance)
        return
    kernel = np.asarray(theirs.kernel)
    if isinstance(theirs, keras.layers.DepthwiseConv2D):
        kernel = kernel.transpose(0, 1, 3, 2)  # (kh, kw, C, 1) of Keras
    ours.kernel.assign(kernel[None])
    if theirs.use_bias:
        ours.bias.assign(theirs.bias)


def check_equal_features(ours, theirs, image, preprocess):
    """Features of one frame beside those of an image (H, W, 3).

    Args:
        ours: Model of clips, without normalisation.
        theirs: Model of images.
        image: Pixels in [0, 255].
        preprocess: Keras' function for `theirs`.
    """
    x = preprocess(image[None].copy())
    expected = np.asarray(theirs(x))
    found = np.asarray(ours(x[:, None]))
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(
        found[:, 0], expected, atol=1e-4 * np.abs(expected).max()
    )
