"""What every layer of kvideo promises, checked in one call."""

import inspect

import keras
import numpy as np

import kvideo
from kvideo.applications.counting import trace


def check_layer_contract(layer, *inputs):
    """Config, twin, shapes and saving of one layer.

    `layer` should have non-default arguments: Keras' own test compares two
    configs and so does not see an argument that both forgot; this one asks
    for every name of the `__init__` signature.
    """
    x = inputs[0] if len(inputs) == 1 else list(inputs)
    expected = np.asarray(layer(x))
    _check_config_is_complete(layer)
    _check_output_shape(layer, x, expected)
    _check_twin(layer, x, expected)
    _check_unknown_batch(layer, x, expected)
    _check_counts(layer, x)
    _check_frozen_twin(layer, x)
    return expected


def _check_config_is_complete(layer):
    config = layer.get_config()
    parameters = inspect.signature(type(layer).__init__).parameters
    for name in parameters:
        if name not in ("self", "kwargs"):
            assert name in config, f"get_config lacks {name!r}"


def _check_output_shape(layer, x, expected):
    shapes = [t.shape for t in x] if isinstance(x, list) else x.shape
    assert tuple(layer.compute_output_shape(shapes)) == expected.shape


def _check_twin(layer, x, expected):
    twin = type(layer).from_config(layer.get_config())
    twin(x)
    twin.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.asarray(twin(x)), expected, atol=1e-6)


def _check_unknown_batch(layer, x, expected):
    tensors = x if isinstance(x, list) else [x]
    symbols = [keras.Input(t.shape[1:]) for t in tensors]
    model = keras.Model(
        symbols, layer(symbols if len(symbols) > 1 else symbols[0])
    )
    assert tuple(model.output.shape) == (None, *expected.shape[1:])
    outputs = model.predict(x, verbose=0)
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-4)


def _check_frozen_twin(layer, x):
    """Frozen as a whole or in one part, it comes back as it was."""
    parts = layer._flatten_layers(include_self=False)
    for frozen in (layer, *[part for part in parts if part.weights][:1]):
        frozen.trainable = False
        expected = _trainable_flags(layer)
        twin = type(layer).from_config(layer.get_config())
        twin(x)
        assert _trainable_flags(twin) == expected
        layer.trainable = True


def _trainable_flags(layer):
    flags = [part.trainable for part in layer._flatten_layers()]
    return flags, [weight.trainable for weight in layer.weights]


def _check_counts(layer, x):
    """No kernel without `count_macs`, and no less than the sublayers make."""
    tensors = x if isinstance(x, list) else [x]
    symbols = [keras.Input(t.shape[1:]) for t in tensors]
    inputs = symbols if len(symbols) > 1 else symbols[0]
    counted = kvideo.count(keras.Model(symbols, layer(inputs)))
    assert not counted.uncounted, f"no count_macs in {counted.uncounted}"
    clips = [keras.KerasTensor((1, *t.shape[1:])) for t in tensors]
    clips = clips if len(clips) > 1 else clips[0]
    inside = trace(layer, (clips,), {}, "macs")
    made = sum(number or 0 for _, number in inside)
    assert counted.macs >= made, "count_macs is less than the sublayers make"
