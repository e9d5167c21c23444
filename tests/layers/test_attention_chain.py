import keras
import numpy as np
import pytest

import kvideo
from kvideo.layers import (
    AttentionChain,
    BatchNorm,
    GlobalContext,
    MaxPool3D,
    NonLocal,
    VideoSqueezeExcite,
)
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite

SHAPE = (2, 2, 4, 5, 8)


def clip(shape=SHAPE):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def chain():
    return AttentionChain([VideoSqueezeExcite(4), NonLocal("dot")])


def opened(layer, shape=SHAPE):
    layer.build(shape)
    rng = np.random.default_rng(1)
    for weight in layer.weights:
        weight.assign(rng.uniform(0.2, 0.5, weight.shape))
    return layer


def test_contract():
    check_layer_contract(opened(chain()), clip())


def test_one_layer_after_the_other():
    layer = opened(chain())
    first, second = layer.layers
    np.testing.assert_array_equal(
        np.asarray(layer(clip())), np.asarray(second(first(clip())))
    )


def test_identity_of_identities():
    np.testing.assert_array_equal(np.asarray(chain()(clip())), clip())


def test_training_reaches_the_layers():
    layer = AttentionChain([BatchNorm()])
    layer(clip() + 3)
    still = layer.layers[0].moving_mean.numpy()
    layer(clip() + 3, training=True)
    moved = layer.layers[0].moving_mean.numpy()
    assert np.abs(still).max() == 0
    mean = (clip() + 3).mean((0, 1, 2, 3))
    np.testing.assert_allclose(moved, 0.1 * mean, rtol=1e-6)


def test_saves_and_loads_with_its_layers(tmp_path):
    inputs = keras.Input(SHAPE[1:])
    model = keras.Model(inputs, opened(chain())(inputs))
    model.save(tmp_path / "model.keras")
    twin = keras.saving.load_model(tmp_path / "model.keras")
    assert [type(x).__name__ for x in twin.layers[1].layers] == [
        "VideoSqueezeExcite",
        "NonLocal",
    ]
    np.testing.assert_array_equal(np.asarray(twin(clip())), model(clip()))


@pytest.mark.parametrize("mode", ["macs", "hooks"])
def test_counts_the_sum_of_its_layers(mode):
    def counted(*layers):
        x = inputs = keras.Input(SHAPE[1:])
        for layer in layers:
            x = layer(x)
        return kvideo.count(keras.Model(inputs, x), mode=mode)

    together, apart = counted(chain()), counted(*chain().layers)
    assert together.macs == apart.macs > 0
    assert together.params == apart.params


def test_converts_to_tflite(tmp_path):
    shape = (4, 8, 8, 3)
    layer = AttentionChain([VideoSqueezeExcite(2), GlobalContext(1)])
    inputs = keras.Input(shape)
    x = opened(layer, (None, *shape))(inputs)
    x = keras.layers.GlobalMaxPooling3D()(x)
    x = keras.layers.Dense(3, "softmax")(x)
    check_tflite(keras.Model(inputs, x), clip((1, *shape)), tmp_path, 1e-5)


@pytest.mark.parametrize("layers", [[], [None], ["VideoSqueezeExcite"]])
def test_only_layers(layers):
    with pytest.raises(ValueError, match="`layers` must be a list of Keras"):
        AttentionChain(layers)


def test_a_layer_that_changes_the_shape_is_named():
    layer = AttentionChain([VideoSqueezeExcite(2), MaxPool3D((1, 2, 2))])
    with pytest.raises(ValueError, match=r"MaxPool3D.*\(2, 2, 2, 2, 8\)"):
        layer(clip())
