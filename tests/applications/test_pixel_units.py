"""Pixels of a file's network and of ours."""

import keras
import pytest

from kvideo.applications.plumbing import normalize
from kvideo.applications.weights import load_backbone_weights, load_weights


def network(normalization, rescale=None, preprocessing=True):
    clips = keras.Input((2, 4, 4, 3))
    x = normalize(clips, normalization, preprocessing)
    if rescale is not None:
        x = keras.layers.Rescaling([rescale] * 3, name="dynamic_scale")(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    return keras.Model(clips, keras.layers.Dense(5, name="logits")(x))


@pytest.fixture
def keras_s(tmp_path):
    """The file of a network that takes pixels up to 255, as Keras' ResNet."""
    network("caffe").save(tmp_path / "keras_s.keras")
    return tmp_path / "keras_s.keras"


@pytest.mark.parametrize("load", [load_weights, load_backbone_weights])
def test_another_unit_is_refused(load, keras_s):
    with pytest.raises(ValueError, match=r"pixels by 1, and .* by 0.017.*True"):
        load(network("imagenet"), keras_s)


def test_the_same_unit_is_taken(keras_s):
    """Of DAN it is that of the images behind the projection."""
    load_weights(network("caffe"), keras_s)
    load_weights(network("imagenet", rescale=58.0), keras_s)
    load_weights(network("imagenet", preprocessing=False), keras_s)


def test_data_sets_differ_by_less(tmp_path):
    network("btsnet").save(tmp_path / "a.keras")
    load_weights(network("imagenet"), tmp_path / "a.keras")
    with pytest.raises(ValueError, match="pixels by"):
        load_weights(network("inception"), tmp_path / "a.keras")


def test_a_file_of_weights_says_nothing(tmp_path):
    network("caffe").save_weights(tmp_path / "a.weights.h5")
    load_weights(network("imagenet"), tmp_path / "a.weights.h5")


def test_layers_of_these_names_that_rescale_nothing(tmp_path):
    """Such as a normalisation of one's own: `scale` is another thing there."""
    clips = keras.Input((2, 4, 4, 3))
    x = keras.layers.GroupNormalization(3, name="normalize")(clips)
    x = keras.layers.GlobalAveragePooling3D()(x)
    model = keras.Model(clips, keras.layers.Dense(5, name="logits")(x))
    model.save(tmp_path / "own.keras")
    load_weights(model, tmp_path / "own.keras")
