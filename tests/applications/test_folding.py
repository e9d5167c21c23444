import keras
import numpy as np
import pytest

import kvideo

NANO = kvideo.list_models("*nano")


def draw_norms(model, seed=0):
    """Random statistics: fresh ones would make a folding that does nothing."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.moving_mean.shape
            layer.set_weights(
                [
                    rng.uniform(0.5, 1.5, shape)
                    if "gamma" in w.path or "variance" in w.path
                    else rng.normal(0, 0.2, shape)
                    for w in layer.weights
                ]
            )
    return model


def norms(model):
    kind = keras.layers.BatchNormalization
    return [layer.name for layer in model.layers if isinstance(layer, kind)]


def clips_for(model, batch=2):
    shape = (batch, *model.input_shape[1:])
    return np.random.default_rng(1).uniform(0, 255, shape).astype("float32")


@pytest.mark.parametrize("name", NANO)
def test_every_network_gives_equal_outputs(name):
    model = kvideo.create_model(name, classifier_activation=None)
    draw_norms(model)
    folded = kvideo.fold_batch_norm(model)
    clips = clips_for(model)
    expected = model.predict_on_batch(clips)
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(
        folded.predict_on_batch(clips) / scale, expected / scale, atol=1e-5
    )
    assert len(norms(folded)) < len(norms(model)) / 4
    assert folded.count_params() < model.count_params()
