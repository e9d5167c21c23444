import keras
import numpy as np
import pytest

import kvideo
from kvideo.layers import BatchNorm, Conv3D
from tests.support import networks

NANO = kvideo.list_models("*nano")


def draw_norms(model, seed=0):
    """Random statistics: fresh ones would make a folding that does nothing."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.moving_mean.shape
            layer.set_weights(
                [
                    rng.uniform(0.5, 1.5, shape)
                    if "gamma" in w.path or "variance" in w.path
                    else rng.normal(0, 0.2, shape)
                    for w in layer.weights
                ]
            )
    return model


def norms(model):
    kind = keras.layers.BatchNormalization
    return [layer.name for layer in model.layers if isinstance(layer, kind)]


def clips_for(model, batch=2):
    shape = (batch, *model.input_shape[1:])
    return np.random.default_rng(1).uniform(0, 255, shape).astype("float32")


@pytest.mark.parametrize("name", networks.NANO)
def test_every_network_gives_equal_outputs(name):
    model = kvideo.create_model(name, classifier_activation=None)
    draw_norms(model)
    folded = kvideo.fold_batch_norm(model)
    clips = clips_for(model)
    expected = model.predict_on_batch(clips)
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(
        folded.predict_on_batch(clips) / scale, expected / scale, atol=1e-5
    )
    assert len(norms(folded)) < len(norms(model)) / 4
    assert folded.count_params() < model.count_params()


def small_model(layers):
    """A clip through `layers`, a function of the tensor."""
    clips = keras.Input((4, 6, 6, 4))
    return draw_norms(keras.Model(clips, layers(clips)))


def assert_equal(folded, model):
    clips = np.random.default_rng(2).normal(size=(2, *model.input_shape[1:]))
    expected = model.predict_on_batch(clips)
    for got, wanted in zip(
        keras.tree.flatten(folded.predict_on_batch(clips)),
        keras.tree.flatten(expected),
        strict=True,
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def test_folding_by_hand():
    model = small_model(
        lambda x: BatchNorm(epsilon=0.0)(Conv3D(1, 1, use_bias=True)(x))
    )
    kernel = np.array([1, 2, 3, 4], "float32").reshape(1, 1, 1, 4, 1)
    # gamma 6, beta 5, mean 1, variance 4: y = 3 (conv - 1) + 5.
    ones = [np.full(1, value) for value in (7, 6, 5, 1, 4)]
    model.set_weights([kernel, *ones])
    got = kvideo.fold_batch_norm(model).get_weights()
    np.testing.assert_allclose(got[0].ravel(), [3, 6, 9, 12])
    np.testing.assert_allclose(got[1], [3 * (7 - 1) + 5])


@pytest.mark.parametrize(
    "arguments",
    [
        {"groups": 4},
        {"groups": 2, "use_bias": True},
        {"strides": (1, 2, 2), "groups": 4, "use_bias": True},
        {"dilation_rate": (2, 1, 1)},
    ],
)
@pytest.mark.parametrize(
    "norm", [{}, {"scale": False}, {"center": False}, {"axis": 4}]
)
def test_kinds_of_convolutions_and_norms(arguments, norm):
    model = small_model(
        lambda x: keras.layers.BatchNormalization(**norm)(
            Conv3D(4, 3, **arguments)(x)
        )
    )
    folded = kvideo.fold_batch_norm(model)
    assert not norms(folded)
    assert_equal(folded, model)


def after_addition(x):
    return BatchNorm()(keras.layers.Add()([x, Conv3D(4, 1)(x)]))


def read_twice(x):
    y = Conv3D(4, 1)(x)
    return keras.layers.Add()([y, BatchNorm()(y)])


def also_an_output(x):
    y = Conv3D(4, 1)(x)
    return [y, BatchNorm()(y)]


def shared_convolution(x):
    conv = Conv3D(4, 1)
    return [BatchNorm()(conv(x)), conv(keras.layers.ReLU()(x))]


def shared_norm(x):
    norm = BatchNorm()
    return [norm(Conv3D(4, 1)(x)), norm(Conv3D(4, 1)(x))]


def of_another_axis(x):
    return keras.layers.BatchNormalization(axis=2)(Conv3D(4, 1)(x))


def first_of_all(x):
    return Conv3D(4, 1)(BatchNorm()(x))


@pytest.mark.parametrize(
    "layers",
    [
        after_addition,
        read_twice,
        also_an_output,
        shared_convolution,
        shared_norm,
        of_another_axis,
        first_of_all,
    ],
)
def test_what_cannot_be_folded_stays(layers):
    model = small_model(layers)
    folded = kvideo.fold_batch_norm(model)
    assert norms(folded) == norms(model)
    assert_equal(folded, model)


def test_the_model_is_left_as_it_was():
    model = small_model(lambda x: BatchNorm()(Conv3D(4, 1)(x)))
    before = model.get_weights()
    folded = kvideo.fold_batch_norm(model)
    folded.set_weights([w + 1 for w in folded.get_weights()])
    for got, wanted in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("name", ["tsm_resnet_nano", "x3d_nano"])
def test_half_precision(name):
    model = kvideo.create_model(name, classifier_activation=None)
    model = draw_norms(model)
    folded = kvideo.fold_batch_norm(model, dtype="bfloat16")
    conv = next(x for x in folded.layers if isinstance(x, Conv3D))
    assert conv.kernel.dtype == conv.compute_dtype == "bfloat16"
    head, start = folded.get_layer("logits"), folded.get_layer("normalize")
    assert head.kernel.dtype == head.compute_dtype == "float32"
    assert start.compute_dtype == "float32"
    clips = clips_for(model)
    expected = model.predict_on_batch(clips)
    got = folded.predict_on_batch(clips)
    # Eight bits of mantissa, over a few dozen layers.
    error = np.linalg.norm(got - expected) / np.linalg.norm(expected)
    assert 0 < error < 0.03


@pytest.mark.parametrize(
    "dtype", [None, pytest.param("bfloat16", marks=pytest.mark.slow)]
)
def test_saves_loads_and_exports(dtype, tmp_path):
    import tensorflow as tf

    model = draw_norms(kvideo.create_model("x3d_nano", classes=4))
    folded = kvideo.fold_batch_norm(model, dtype)
    clips = clips_for(model)
    expected = folded.predict_on_batch(clips)
    folded.save(tmp_path / "folded.keras")
    loaded = keras.saving.load_model(tmp_path / "folded.keras")
    np.testing.assert_allclose(loaded.predict_on_batch(clips), expected)
    folded.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    # Kernels are fused in other places there, so bfloat16 rounds elsewhere.
    atol = 1e-5 if dtype is None else 1e-3
    np.testing.assert_allclose(served.serve(clips), expected, atol=atol)


def test_errors():
    with pytest.raises(ValueError, match="type Sequential"):
        kvideo.fold_batch_norm(keras.Sequential([Conv3D(4, 1)]))
    model = small_model(Conv3D(4, 1))
    with pytest.raises(ValueError, match="dtype='int8'"):
        kvideo.fold_batch_norm(model, dtype="int8")
