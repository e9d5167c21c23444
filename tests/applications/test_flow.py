"""Optical flow in every family, with each kind of weights."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import imagenet_table, motion_weights
from tests.support.networks import NANO

# Small clips of networks whose own would take long.
SHAPES = {
    "bqn_tsm_resnet50": (3, 96, 96),
    "mt_resnet50": (8, 64, 64),
    "r3d_resnet50": (8, 64, 64),
    "dan_tsm_resnet50": (8, 64, 64),
}
# One of each family on Keras' ResNet-50: the others are on the same steps.
ON_RESNET50 = sorted(
    {
        kvideo.model_info(name).family: name
        for name in reversed(imagenet_table.networks_with())
        if kvideo.model_info(name).imagenet == "ResNet50"
    }.values()
)


def flow(shape):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, (1, *shape)).astype("float32")


def check(model, folder):
    """Probabilities of flow, and the same of the saved network."""
    assert model.input_shape[-1] == 2
    fields = flow(model.input_shape[1:])
    scores = model.predict(fields, verbose=0)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scores.sum(-1), 1, rtol=1e-4)
    model.save(folder / "flow.keras")
    twin = keras.saving.load_model(folder / "flow.keras", compile=False)
    np.testing.assert_allclose(twin.predict(fields, verbose=0), scores)


@pytest.mark.parametrize("name", NANO)
def test_random_weights(name, tmp_path):
    shape = (*kvideo.model_info(name).input_shape[:3], 2)
    model = kvideo.create_model(name, classes=3, input_shape=shape)
    check(model, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        name
        if name == "bqn_nano"
        else pytest.param(name, marks=pytest.mark.slow)
        for name in motion_weights.networks()
    ],
)
def test_motion_weights(name, tmp_path):
    """Where the network has as many classes as the weights, too."""
    classes = len(motion_weights.motion_card(name)["classes"])
    shape = (*kvideo.model_info(name).input_shape[:3], 2)
    model, rgb = (
        kvideo.create_model(name, classes=classes, weights="motion", **given)
        for given in ({"input_shape": shape}, {})
    )
    check(model, tmp_path)
    ours, theirs = (
        {w.path: np.asarray(w) for w in one.weights} for one in (model, rgb)
    )
    stems = [p for p in ours if ours[p].shape != theirs[p].shape]
    for path in (p for p in stems if "stem" in p):
        mean = theirs[path].mean(axis=-2)
        np.testing.assert_allclose(ours[path][..., 1, :], mean, rtol=1e-4)
    same = [p for p in ours if p not in stems and "logits" not in p]
    for path in same:
        np.testing.assert_array_equal(ours[path], theirs[path])
    assert len(same) > len(ours) / 2


@pytest.mark.parametrize(
    "name",
    [
        name
        if name.startswith("dan")
        else pytest.param(name, marks=pytest.mark.slow)
        for name in ON_RESNET50
    ],
)
def test_imagenet_weights(name, resnet50, tmp_path):
    source, path = resnet50
    shape = (*SHAPES.get(name, (2, 64, 64)), 2)
    model = kvideo.create_model(
        name, classes=3, input_shape=shape, weights=f"imagenet:{path}"
    )
    prefix = "busy_" if name.startswith("bqn") else ""
    stem = np.asarray(model.get_layer(f"{prefix}stem_conv").kernel).sum(0)
    mean = np.asarray(source.get_layer("conv1_conv").kernel).mean(axis=2)
    for channel in range(2):
        np.testing.assert_allclose(stem[:, :, channel], mean, rtol=1e-4)
    check(model, tmp_path)


def test_one_of_each_family_is_on_resnet50():
    assert len(ON_RESNET50) == 13
