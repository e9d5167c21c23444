"""Weights find their layer by its name, in whatever order a file has them."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.layer_names import places
from kvideo.applications.shapes_only import shapes_only
from kvideo.applications.weights import load_backbone_weights, load_weights


def ordered(first, second, **options):
    """Two branches of the same shapes, in an order."""
    x = keras.Input((4,))
    layers = {n: keras.layers.Dense(4, name=n) for n in "ab"}
    y = layers[first](x)
    z = layers[second](x)
    parts = {first: y, second: z}
    # What comes first into the sum is first in the network.
    sign = 1.0 if first == "a" else -1.0
    y = keras.layers.Subtract(name="sum")([parts[first], parts[second]]) * sign
    y = keras.layers.Dense(options.get("classes", 3), name="logits")(y)
    return keras.Model(x, y)


CLIP = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")


@pytest.mark.parametrize("name", ["w.weights.h5", "w.keras"])
def test_another_order_of_layers_gives_the_same(tmp_path, name):
    source, other = ordered("a", "b"), ordered("b", "a")
    order = [[x.name for x in m.layers] for m in (source, other)]
    assert order[0].index("a") < order[0].index("b")
    assert order[1].index("b") < order[1].index("a")
    path = str(tmp_path / name)
    source.save_weights(path) if ".h5" in name else source.save(path)
    load_weights(other, path)
    np.testing.assert_allclose(other(CLIP), source(CLIP), rtol=1e-6)


def test_all_but_the_classifier_in_another_order(tmp_path):
    source, other = ordered("a", "b"), ordered("b", "a", classes=5)
    path = str(tmp_path / "w.weights.h5")
    source.save_weights(path)
    load_backbone_weights(other, path)
    for layer in "ab":
        np.testing.assert_array_equal(
            other.get_layer(layer).kernel, source.get_layer(layer).kernel
        )


def test_places_are_those_of_keras(tmp_path):
    import h5py

    model = kvideo.create_model("mtnet_nano", classes=3)
    model.save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5") as file:
        found = set(file["layers"])
    assert found <= set(places(model).values())


SIZES = ((128, 128), (200, 232))
NAMES = [name for name in kvideo.list_models() if name.endswith("_nano")]
LARGE = [name for name in kvideo.list_models() if name not in NAMES]


@pytest.mark.parametrize(
    "name",
    [
        *NAMES,
        *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE),
    ],
)
def test_layers_are_the_same_at_every_size(name):
    """So that a file of one size loads at any other, by Keras alone too."""
    frames, _, _, channels = kvideo.model_info(name).input_shape
    found = []
    for size in (None, *SIZES):
        shape = size and (frames, *size, channels)
        with shapes_only():
            model = kvideo.create_model(name, classes=3, input_shape=shape)
        weights = [(w.path, tuple(w.shape)) for w in model.weights]
        found.append((weights, places(model)))
    assert found[0] == found[1] == found[2]
