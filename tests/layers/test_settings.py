"""Settings of Keras that kvideo does not know are refused when it builds."""

import keras
import numpy as np
import pytest

import kvideo


@pytest.fixture(autouse=True)
def settings_return():
    policy = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(policy)
    keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("name", kvideo.list_models("*nano*"))
def test_channels_first(name):
    keras.config.set_image_data_format("channels_first")
    with pytest.raises(ValueError, match="channels last, alone"):
        kvideo.create_model(name)


@pytest.mark.parametrize("policy", ["int8_from_float32", "float8_from_float32"])
@pytest.mark.parametrize("name", ["tsm_resnet_nano", "bqn_nano", "x3d_nano"])
def test_quantised_policies(name, policy):
    keras.config.set_dtype_policy(policy)
    with pytest.raises(ValueError, match="compute in floating point"):
        kvideo.create_model(name)


@pytest.mark.parametrize("policy", ["mixed_float16", "float16", "float64"])
def test_dilated_convolutions_in_other_types(policy):
    """oneDNN has none in them, and TensorFlow's own takes no dilation."""
    layer = kvideo.layers.Conv3D(4, 3, dilation_rate=2, dtype=policy)
    clip = np.random.default_rng(0).normal(size=(1, 6, 8, 8, 3))
    found = np.asarray(layer(clip.astype("float32")), "float64")
    same = kvideo.layers.Conv3D(4, 3, dilation_rate=2)
    same.build(clip.shape)
    same.set_weights(layer.get_weights())
    expected = np.asarray(same(clip.astype("float32")))
    np.testing.assert_allclose(found, expected, atol=1e-2)


def test_btsnet_trains_in_mixed_float16():
    keras.config.set_dtype_policy("mixed_float16")
    model = kvideo.create_model("btsnet_nano", classes=2)
    model.compile("sgd", "sparse_categorical_crossentropy")
    clips = np.random.default_rng(0).uniform(0, 255, (2, 8, 64, 64, 3))
    history = model.fit(clips, np.array([0, 1]), verbose=0)
    assert np.isfinite(history.history["loss"][0])
