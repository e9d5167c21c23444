"""What every clip transform of kvideo promises, checked in one call."""

import inspect

import keras
import numpy as np

from kvideo.layers.augment.clip_transform import ClipTransform

SHAPE = (6, 2, 12, 16, 3)


def still_clips(shape=SHAPE, seed=0):
    """Clips whose frames are all the same: any difference was made."""
    rng = np.random.default_rng(seed)
    batch, frames, *rest = shape
    pictures = rng.integers(0, 256, (batch, 1, *rest))
    return np.repeat(pictures, frames, axis=1).astype("float32")


def run(layer, x, **kwargs):
    return keras.ops.convert_to_numpy(layer(x, **kwargs))


def check_clip_transform(make):
    """Checks a transform with a seed; `make()` gives a new layer.

    The layer should have non-default arguments.
    """
    x = still_clips()
    layer = make()
    assert isinstance(layer, ClipTransform)
    expected = run(layer, x)
    _check_config(layer, x, expected)
    _check_shape(layer, x, expected)
    _check_precision(layer, x)
    frames = np.broadcast_to(expected[:, :1], expected.shape)
    np.testing.assert_array_equal(expected, frames)
    if "seed" in inspect.signature(type(layer).__init__).parameters:
        _check_draws(make, x, expected)
    return expected


def _check_config(layer, x, expected):
    config = layer.get_config()
    parameters = inspect.signature(type(layer).__init__).parameters
    for name in set(parameters) - {"self", "kwargs"}:
        assert name in config, f"get_config lacks {name!r}"
        assert config[name] != parameters[name].default or name == "ratio"
    twin = type(layer).from_config(config)
    np.testing.assert_allclose(run(twin, x), expected, atol=1e-3)


def _check_shape(layer, x, expected):
    assert tuple(layer.compute_output_shape(x.shape)) == expected.shape
    assert layer.compute_output_shape((None, *x.shape[1:]))[0] is None
    unknown = (None, None, None, None, x.shape[-1])
    assert len(layer.compute_output_shape(unknown)) == 5


def _check_precision(layer, x):
    config = layer.get_config() | {"dtype": "mixed_float16"}
    half = type(layer).from_config(config)(x.astype("uint8"))
    assert keras.backend.standardize_dtype(half.dtype) == "float16"


def check_in_model(make):
    """In a saved model, outside training, of clips in any number."""
    x, layer = still_clips(), make()
    at_rest = run(layer, x, training=False)
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, layer(inputs))
    assert tuple(model.output.shape[1:]) == at_rest.shape[1:]
    config = keras.saving.serialize_keras_object(model)
    twin = keras.saving.deserialize_keras_object(config)
    for network in (model, twin):
        found = network.predict(x, verbose=0)
        np.testing.assert_allclose(found, at_rest, atol=1e-3)


def check_in_data_set(make):
    """`map` gives what a call gives, where both have one generator."""
    import tensorflow as tf

    x, layer = still_clips(), make()
    expected = run(make(), x)
    found = next(iter(tf.data.Dataset.from_tensors(x).map(layer))).numpy()
    assert found.shape == expected.shape
    if keras.backend.backend() == "tensorflow":
        np.testing.assert_allclose(found, expected, atol=1e-3)


def _check_draws(make, x, expected):
    layer = make()
    np.testing.assert_array_equal(run(layer, x), expected)
    assert not np.array_equal(run(layer, x), expected), "a draw for each call"


def check_draws_of_clips(make):
    """Equal clips of a batch do not stay equal."""
    found = run(make(), np.repeat(still_clips()[:1], 32, axis=0))
    assert len(np.unique(found, axis=0)) > 1


def check_single_clip(make):
    """One clip (T, H, W, C) in, one clip (or its views) out."""
    x = still_clips()[:1]
    batch, alone = run(make(), x), run(make(), x[0])
    views = make().views
    expected = batch if views > 1 else batch[0]
    np.testing.assert_allclose(alone, expected, atol=1e-3)
    assert tuple(make().compute_output_shape(x.shape[1:])) == expected.shape
