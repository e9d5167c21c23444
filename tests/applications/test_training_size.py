"""X3D and SlowFast on crops larger than those of training."""

import keras
import numpy as np
import pytest

import kvideo


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def dense(model, name, x):
    layer = model.get_layer(name)
    y = x @ np.asarray(layer.kernel)
    return y if layer.bias is None else y + np.asarray(layer.bias)


def means(maps, size):
    """(H', W', C): the mean over all frames and each window."""
    rows, columns = (n - size + 1 for n in maps.shape[1:3])
    return np.array(
        [
            [
                maps[:, i : i + size, j : j + size].mean((0, 1, 2))
                for j in range(columns)
            ]
            for i in range(rows)
        ]
    )


@pytest.fixture(scope="module")
def clip():
    generator = np.random.default_rng(0)
    return generator.uniform(0, 255, (1, 8, 96, 128, 3)).astype("float32")


def sharpened(model):
    """Random logits that differ: softmax is no longer linear."""
    for name in ("logits", "head_dense"):
        for layer in (x for x in model.layers if x.name == name):
            layer.kernel.assign(layer.kernel * 30.0)
    return model


def test_x3d_classifies_windows(clip):
    model = sharpened(
        kvideo.create_model(
            "x3d_nano",
            classes=4,
            input_shape=clip.shape[1:],
            training_size=64,
        )
    )
    maps = keras.Model(model.input, model.get_layer("head_pool").input)
    features = means(np.asarray(maps(clip))[0], 2)
    assert features.shape[:2] == (2, 3)
    hidden = np.maximum(dense(model, "head_dense", features), 0)
    expected = softmax(dense(model, "logits", hidden)).mean((0, 1))
    np.testing.assert_allclose(model(clip)[0], expected, rtol=1e-4, atol=1e-6)


def test_slowfast_classifies_windows(clip):
    model = sharpened(
        kvideo.create_model(
            "slowfast_nano",
            classes=4,
            input_shape=clip.shape[1:],
            training_size=64,
        )
    )
    pools = [model.get_layer(f"{p}_avg_pool").input for p in ("slow", "fast")]
    pair = keras.Model(model.input, pools)(clip)
    features = np.concatenate([means(np.asarray(x)[0], 2) for x in pair], -1)
    assert features.shape[:2] == (2, 3)
    expected = softmax(dense(model, "logits", features)).mean((0, 1))
    np.testing.assert_allclose(model(clip)[0], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["x3d_nano", "slowfast_nano"])
@pytest.mark.parametrize("size", [64, (96, 96)])
def test_at_the_size_of_training_it_is_one_mean(name, size, clip):
    shape = (8, 64, 64, 3)
    clip = clip[:, :, :64, :64]
    options = {"classes": 4, "input_shape": shape}
    whole = kvideo.create_model(name, **options)
    windows = kvideo.create_model(name, **options, training_size=size)
    windows.set_weights(whole.get_weights())
    assert [w.path for w in windows.weights] == [w.path for w in whole.weights]
    np.testing.assert_allclose(windows(clip), whole(clip), rtol=1e-5)


@pytest.mark.parametrize("size", [0, -1, 2.5, (64,), "64"])
def test_a_size_that_is_none(size):
    with pytest.raises(ValueError, match="training_size="):
        kvideo.create_model("x3d_nano", training_size=size)
