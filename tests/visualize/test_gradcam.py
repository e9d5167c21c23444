import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from kvideo.applications import TSM, SlowFast
from kvideo.visualize import gradcam

CLIP = (4, 8, 8, 3)


def by_hand(pool=keras.layers.GlobalAveragePooling3D, activation="softmax"):
    """Class 0 is red, class 1 is green, class 2 is what is not blue."""
    clips = keras.Input(CLIP)
    kernel = keras.initializers.Constant(np.eye(3).reshape(1, 1, 1, 3, 3))
    x = keras.layers.Conv3D(3, 1, kernel_initializer=kernel, name="maps")(clips)
    x = pool(name="pool")(x)
    weights = keras.initializers.Constant(np.diag([1, 1, -1]))
    x = keras.layers.Dense(3, kernel_initializer=weights, name="logits")(x)
    x = keras.layers.Activation(activation, name="predictions")(x)
    return keras.Model(clips, x)


def coloured(*places):
    """A black clip with coloured pixels (frame, row, column, channel)."""
    clip = np.zeros(CLIP, "float32")
    for place in places:
        clip[place] = 1
    return clip


def noise(shape):
    return np.random.default_rng(0).uniform(0, 255, shape).astype("float32")


def test_the_place_that_speaks_for_the_class():
    model = by_hand()
    clip = coloured((1, 2, 3, 0), (2, 5, 6, 1))
    for index, place in enumerate([(1, 2, 3), (2, 5, 6)]):
        expected = np.zeros(CLIP[:3])
        expected[place] = 1
        np.testing.assert_array_equal(gradcam(model, clip, index), expected)


def test_heat_is_in_proportion_to_the_share_of_the_logit():
    clip = coloured((1, 2, 3, 0))
    clip[3, 0, 0, 0] = 0.25
    heat = gradcam(by_hand(), clip, 0)
    assert heat[1, 2, 3] == 1
    assert heat[3, 0, 0] == pytest.approx(0.25)
    assert heat.dtype == np.float32


def test_what_speaks_against_the_class_is_left_out():
    assert gradcam(by_hand(), coloured((1, 2, 3, 2)), 2).max() == 0


def test_the_class_is_that_of_the_largest_output():
    clip = coloured((1, 2, 3, 0), (2, 5, 6, 1))
    clip[2, 5, 6, 1] = 2
    np.testing.assert_array_equal(
        gradcam(by_hand(), clip), gradcam(by_hand(), clip, 1)
    )


def test_the_softmax_is_left_out():
    """Behind a softmax that is sure no gradient would be left."""
    clip = 1e6 * coloured((1, 2, 3, 0))
    heat = gradcam(by_hand(), clip, 0)
    assert heat[1, 2, 3] == 1
    np.testing.assert_array_equal(gradcam(by_hand(activation=None), clip), heat)


def test_frozen_networks():
    model = by_hand()
    model.trainable = False
    assert gradcam(model, coloured((1, 2, 3, 0)), 0)[1, 2, 3] == 1


def test_networks_that_average_over_frames():
    """A frame's own features are the places of that frame."""
    clips = keras.Input(CLIP)
    x = keras.layers.Conv3D(3, 1, name="maps")(clips)
    x = keras.ops.mean(x, axis=(2, 3))
    x = keras.layers.Dense(2)(x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    model = keras.Model(clips, x)
    eye = np.eye(3).reshape(1, 1, 1, 3, 3)
    model.set_weights([eye, np.zeros(3), np.eye(3)[:, :2], np.zeros(2)])
    heat = gradcam(model, coloured((1, 2, 3, 0), (2, 5, 6, 1)), 1)
    assert heat[2, 5, 6] == 1 and heat.sum() == 1


def test_a_layer_in_the_middle():
    """Beside a shortcut: the layer is not the only way to the class."""
    clips = keras.Input(CLIP)
    x = keras.layers.AveragePooling3D((1, 2, 2), name="small")(clips)
    branch = keras.layers.ReLU(name="branch")(x)
    x = keras.layers.Add()([x, branch])
    x = keras.layers.GlobalAveragePooling3D()(x)
    model = keras.Model(clips, x)
    heat = gradcam(model, coloured((1, 2, 2, 0)), 0, layer="branch")
    # Half a cell around the middle of rows 2 and 3.
    assert np.unravel_index(heat.argmax(), heat.shape) == (1, 2, 2)
    np.testing.assert_allclose(heat[1, 1:5, 2], [0.3, 1, 1, 0.3], atol=0.04)
    assert heat[0].max() == 0


def test_feature_maps_with_frames_in_the_batch():
    clips = keras.Input(CLIP)
    x = keras.ops.reshape(clips, (-1, *CLIP[1:]))
    x = keras.layers.ReLU()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.ops.mean(keras.ops.reshape(x, (-1, 4, 3)), axis=1)
    heat = gradcam(keras.Model(clips, x), coloured((1, 2, 3, 0)), 0)
    assert heat[1, 2, 3] == 1 and heat.sum() == 1


def test_two_pathways_are_added_by_their_shares():
    """A pathway at half the size has a quarter of the positions."""
    clips = keras.Input(CLIP)
    fine = keras.layers.ReLU()(clips)
    coarse = keras.layers.AveragePooling3D((1, 2, 2))(clips)
    pool = keras.layers.GlobalAveragePooling3D()
    both = keras.layers.Concatenate()([pool(fine), pool(coarse)])
    kernel = np.zeros((6, 2), "float32")
    kernel[[0, 4], 0] = 1
    logits = keras.layers.Dense(2, use_bias=False)
    model = keras.Model(clips, logits(both))
    logits.set_weights([kernel])
    # Red at one pixel of the fine map, green all over a cell of the coarse.
    clip = coloured((0, 0, 0, 0))
    clip[2, 4:6, 4:6, 1] = 1
    heat = gradcam(model, clip, 0)
    # The cell is a fourth of the positions and has four times the area; a
    # quarter of a cell off its middle, on two axes, 3/4 of it are left.
    assert heat[0, 0, 0] == 1
    np.testing.assert_allclose(heat[2, 4:6, 4:6], (3 / 4) ** 2)


def test_a_network_of_two_pathways():
    keras.utils.set_random_seed(0)
    shape = (4, 64, 64, 3)
    model = SlowFast(variant="nano", input_shape=shape, classes=3)
    heat = gradcam(model, noise(shape))
    assert heat.shape == shape[:3]
    assert heat.min() >= 0 and heat.max() == 1


def test_networks_from_files_which_are_left_as_they_were(tmp_path):
    keras.utils.set_random_seed(0)
    shape = (2, 64, 64, 3)
    model = TSM(variant="resnet_nano", input_shape=shape, classes=3)
    model.save(tmp_path / "model.keras")
    revived = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        gradcam(revived, noise(shape), layer="res4_block1_relu3"),
        gradcam(model, noise(shape), layer="res4_block1_relu3"),
        atol=1e-5,
    )
    assert all(len(layer._inbound_nodes) == 1 for layer in model.layers)


def test_what_cannot_be_shown():
    model, clip = by_hand(), coloured((1, 2, 3, 0))
    with pytest.raises(ValueError, match="single clip"):
        gradcam(model, clip[None])
    with pytest.raises(ValueError, match="0 to 2"):
        gradcam(model, clip, 3)
    with pytest.raises(ValueError, match="one feature map"):
        gradcam(model, clip, layer="pool")
    with pytest.raises(ValueError, match="No such layer"):
        gradcam(model, clip, layer="nothing")
    features = keras.Model(model.input, model.get_layer("maps").output)
    with pytest.raises(ValueError, match="include_top=True"):
        gradcam(features, clip)
    x = keras.Input(CLIP)
    flat = keras.Model(x, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    with pytest.raises(ValueError, match="no feature map"):
        gradcam(flat, clip)


@pytest.mark.slow
def test_equal_on_pytorch():
    """The same hand-made network and clip in a process of its own."""
    code = (
        "from tests.visualize.test_gradcam import *\n"
        "heat = gradcam(by_hand(), coloured((1, 2, 3, 0), (2, 5, 6, 1)), 1)\n"
        "assert keras.backend.backend() == 'torch'\n"
        "assert heat[2, 5, 6] == 1 and heat.sum() == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=pathlib.Path(__file__).parents[2],
        env=os.environ | {"KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_jax_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="Set KERAS_BACKEND"):
        gradcam(by_hand(), coloured((1, 2, 3, 0)))
