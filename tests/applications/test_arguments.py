"""What all builders share with `keras.applications`."""

import keras
import numpy as np
import pytest

from kvideo.applications import BQN, C2D, TSM, X3D
from kvideo.layers import ResizeClip

CLIP = (6, 32, 32, 3)


def tiny(**arguments):
    settings = {"variant": "resnet_nano", "input_shape": CLIP, "classes": 3}
    return TSM(**{**settings, **arguments})


def test_without_the_top():
    features = tiny(include_top=False).output.shape
    assert features == (None, 6, 1, 1, 256)
    for pooling in ("avg", "max"):
        pooled = tiny(include_top=False, pooling=pooling).output.shape
        assert pooled == (None, 256)


def test_input_tensor():
    clips = keras.Input(CLIP)
    model = tiny(input_tensor=clips, input_shape=None)
    assert model.input is clips
    assert model.output.shape == (None, 3)


def test_input_tensor_that_other_layers_made():
    clips = keras.Input((6, 64, 64, 3))
    halved = ResizeClip(32, 32)(clips)
    model = tiny(input_tensor=halved, input_shape=None)
    assert model.input is clips
    assert model.predict(np.zeros((1, 6, 64, 64, 3))).shape == (1, 3)


def test_logits():
    x = np.random.default_rng(0).uniform(0, 255, (2, *CLIP))
    logits = tiny(classifier_activation=None)
    scores = tiny()
    scores.set_weights(logits.get_weights())
    np.testing.assert_allclose(
        keras.ops.softmax(logits.predict(x, verbose=0)),
        scores.predict(x, verbose=0),
        atol=1e-6,
    )


def test_flow_is_normalised_as_tsn_does():
    """No motion is 0, and the scale is the mean of the three of RGB."""
    shape = (*CLIP[:3], 2)
    x = np.random.default_rng(0).uniform(0, 255, (1, *shape))
    inside = tiny(input_shape=shape)
    assert inside.get_layer("stem_conv").kernel.shape[-2] == 2
    outside = tiny(input_shape=shape, include_preprocessing=False)
    outside.set_weights(inside.get_weights())
    normalized = (x - 127.5) / (255 * 0.226)
    np.testing.assert_allclose(
        inside(x, training=False),
        outside(normalized, training=False),
        atol=1e-5,
    )


def test_preprocessing_is_inside():
    x = np.random.default_rng(0).uniform(0, 255, (1, *CLIP))
    inside = tiny()
    outside = tiny(include_preprocessing=False)
    outside.set_weights(inside.get_weights())
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    normalized = (x / 255 - mean) / std
    np.testing.assert_allclose(
        inside.predict(x, verbose=0),
        outside.predict(normalized, verbose=0),
        atol=1e-5,
    )


def test_normalization_of_another_source():
    layer = tiny(normalization="kinetics").get_layer("normalize")
    np.testing.assert_allclose(layer.scale, [1 / (255 * 0.225)] * 3)
    np.testing.assert_allclose(layer.offset, [-0.45 / 0.225] * 3)


def test_weights_from_files(tmp_path):
    model = tiny()
    model.save_weights(tmp_path / "a.weights.h5")
    model.save(tmp_path / "a.keras")
    for name in ("a.weights.h5", "a.keras"):
        twin = tiny(weights=str(tmp_path / name))
        for ours, theirs in zip(
            model.get_weights(), twin.get_weights(), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"variant": "resnet51"}, "Nearest: resnet50"),
        ({"input_shape": (32, 32, 3)}, "frames, height, width, RGB"),
        ({"input_shape": (6, 32, 32, 1)}, "frames, height, width, RGB"),
        ({"input_shape": (0, 32, 32, 3)}, "positive integer"),
        ({"input_shape": (6, 32.0, 32, 3)}, "positive integer"),
        ({"input_tensor": keras.Input((32, 32, 3))}, "input_tensor"),
        ({"classes": 1}, "at least 2"),
        ({"classes": 2.5}, "at least 2"),
        ({"classifier_activation": "softmin"}, "softmax"),
        ({"include_top": False, "pooling": "mean"}, "avg"),
        ({"weights": "no-such-file.keras"}, "No such file"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        tiny(**arguments)


def test_a_clip_too_short_for_the_network():
    with pytest.raises(ValueError, match=r"too short.*res2_pool"):
        C2D(variant="resnet_nano", input_shape=(1, 32, 32, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"non_local": 5}, "must be 0 or a list of step names"),
        ({"non_local": ("res3_block9",)}, "Nearest: res3_block1"),
        ({"stride_on": "conv3"}, "'conv1', 'conv2'"),
        ({"shift_every": -1}, "shift_every"),
        ({"normalization": "none"}, "'imagenet', 'inception', 'kinetics'"),
    ],
)
def test_bad_options_of_a_resnet(arguments, message):
    with pytest.raises(ValueError, match=message):
        TSM(variant="resnet_nano", **arguments)


def test_input_shape_that_contradicts_the_tensor():
    with pytest.raises(ValueError, match="disagree"):
        tiny(input_tensor=keras.Input(CLIP), input_shape=(8, 32, 32, 3))


def test_unknown_clip_length_and_size():
    model = tiny(input_shape=(None, None, None, 3))
    for shape in [(1, 4, 32, 32, 3), (2, 6, 48, 40, 3)]:
        assert model.predict(np.zeros(shape), verbose=0).shape == (shape[0], 3)


def test_x3d_takes_other_sizes():
    model = X3D(variant="nano", input_shape=(4, 48, 32, 3), classes=5)
    assert model.output.shape == (None, 5)


def test_bqn_refuses_what_it_cannot_split():
    with pytest.raises(ValueError, match="multiple of 3"):
        BQN(variant="nano", input_shape=(16, 64, 64, 3))
    with pytest.raises(ValueError, match="fully known"):
        BQN(variant="nano", input_shape=(24, None, None, 3))
    with pytest.raises(ValueError, match="smaller kernel_size"):
        BQN(variant="nano", input_shape=(6, 8, 8, 3))
