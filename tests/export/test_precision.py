import keras
import numpy as np
import pytest

import kvideo.layers
from kvideo.export.precision import half_layers, in_float32


def network(policy):
    inputs = keras.Input((2, 4, 4, 3))
    x = kvideo.layers.Conv3D(4, 3, dtype=policy, name="conv")(inputs)
    x = keras.layers.GlobalAveragePooling3D(dtype="float32")(x)
    x = keras.layers.Dense(3, dtype="float32")(x)
    return keras.Model(inputs, keras.layers.Softmax(dtype="float32")(x))


def test_a_float32_network_is_left_alone():
    model = network("float32")
    assert in_float32(model) is model


@pytest.mark.parametrize("policy", ["mixed_float16", "bfloat16"])
def test_a_copy_has_the_weights_and_no_half(policy):
    model = network(policy)
    assert half_layers(model) == ["conv"]
    copy = in_float32(model)
    assert half_layers(copy) == []
    for found, weight in zip(copy.weights, model.weights, strict=True):
        assert found.dtype == "float32"
        assert np.array_equal(found, np.asarray(weight, "float32"))
    assert half_layers(model) == ["conv"]


def test_a_layer_that_keeps_its_precision_is_named():
    @keras.saving.register_keras_serializable(package="stubborn")
    class Stubborn(keras.layers.Layer):
        def __init__(self, dtype=None, **kwargs):
            super().__init__(dtype="bfloat16", **kwargs)

        def call(self, x):
            return x

    inputs = keras.Input((3,))
    model = keras.Model(inputs, Stubborn(name="half")(inputs))
    with pytest.raises(ValueError, match="copy of the network: half"):
        in_float32(model)
