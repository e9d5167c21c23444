import keras
import numpy as np
import pytest

from kvideo.layers import BatchNorm
from tests.support.contract import check_layer_contract


def clips(seed=0, dtype="float32"):
    rng = np.random.default_rng(seed)
    return rng.normal(2, 3, (4, 3, 5, 6, 7)).astype(dtype)


def pair(**arguments):
    """Ours and Keras' layer with equal constants and weights."""
    ours = BatchNorm(**arguments)
    theirs = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
    ours.build((None, 3, 5, 6, 7))
    theirs.build((None, 3, 5, 6, 7))
    rng = np.random.default_rng(1)
    weights = [rng.uniform(0.5, 2, w.shape) for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def test_contract():
    layer = BatchNorm(
        momentum=0.5, epsilon=0.1, zero_gamma=True, synchronized=True
    )
    check_layer_contract(layer, clips())
    check_layer_contract(BatchNorm(), clips())


@pytest.mark.parametrize("training", [True, False])
def test_equals_keras(training):
    ours, theirs = pair()
    for seed in range(3):
        x = clips(seed)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(ours(x, training=training)),
            keras.ops.convert_to_numpy(theirs(x, training=training)),
            atol=1e-5,
        )
    for mine, keras_own in zip(
        ours.get_weights(), theirs.get_weights(), strict=True
    ):
        np.testing.assert_allclose(mine, keras_own, rtol=1e-5)


def test_gradients_equal_keras():
    tf = pytest.importorskip("tensorflow")
    ours, theirs = pair()
    x, weight = tf.constant(clips()), tf.constant(clips(5))
    found = []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(weight * layer(x, training=True) ** 2)
        found.append(tape.gradient(loss, [x, layer.gamma, layer.beta]))
    for mine, keras_own in zip(*found, strict=True):
        np.testing.assert_allclose(mine, keras_own, rtol=1e-4, atol=1e-3)


def test_frozen_layer_keeps_its_statistics():
    layer, _ = pair()
    layer.trainable = False
    before = layer.get_weights()
    layer(clips(), training=True)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_zero_gamma_closes_a_branch():
    layer = BatchNorm(zero_gamma=True)
    out = keras.ops.convert_to_numpy(layer(clips(), training=True))
    np.testing.assert_array_equal(out, 0)


def test_half_precision():
    layer = BatchNorm(dtype="mixed_bfloat16")
    out = layer(clips(), training=True)
    assert keras.backend.standardize_dtype(out.dtype) == "bfloat16"
    assert layer.moving_mean.dtype == "float32"
