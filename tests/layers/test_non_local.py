import keras
import numpy as np
import pytest

from kvideo.layers import NL, NonLocal
from kvideo.layers.conv3d import he_normal_fan_out
from kvideo.layers.non_local import FORMS, SOFTMAX_FORMS, SUB_SAMPLES
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite

SHAPE = (2, 2, 4, 5, 6)


def clip(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def opened(shape=SHAPE, **arguments):
    """A block that no longer starts as the identity."""
    layer = NonLocal(**arguments)
    layer.build(shape)
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    return layer


@pytest.mark.parametrize("form", FORMS)
def test_contract(form):
    arguments = {
        "form": form,
        "inter_channels": 4,
        "sub_sample": "after",
        "scale": form in ("embedded", "gaussian"),
        "query_chunk": 7,
        "kernel_initializer": "he_normal",
    }
    check_layer_contract(NonLocal(**arguments), clip())
    check_layer_contract(opened(**arguments), clip())


@pytest.mark.parametrize("form", FORMS)
def test_identity_at_the_start(form):
    layer = NL(form)
    for training in (False, True):
        out = layer(clip(), training=training)
        np.testing.assert_array_equal(np.asarray(out), clip())


def test_by_hand():
    """Two positions of one channel, x = (0, ln 3), every weight 1.

    theta, phi, g give x itself. For the first position all logits are 0 and
    y is the mean; for the second they are (0, ln^2 3).
    """
    layer = NonLocal(inter_channels=1)
    x = np.array([0, np.log(3)], "float32").reshape(1, 2, 1, 1, 1)
    layer.build(x.shape)
    for part in (layer.theta, layer.phi, layer.g, layer.out):
        part.kernel.assign(np.ones((1, 1, 1, 1, 1)))
    layer.bn.gamma.assign([np.sqrt(1 + 1e-5)])
    share = 1 / (1 + np.exp(-(np.log(3) ** 2)))
    expected = [0 + np.log(3) / 2, np.log(3) + share * np.log(3)]
    out = np.asarray(layer(x)).ravel()
    np.testing.assert_allclose(out, expected, rtol=1e-6)


def convolve(layer, x):
    """A 1x1x1 convolution."""
    kernel, bias = layer.get_weights()
    return np.einsum("bthwc,cd->bthwd", x, kernel[0, 0, 0]) + bias


def max_pool(x):
    """Largest of each 2x2 window of a frame; an odd last one falls away."""
    b, t, h, w, c = x.shape
    x = x[:, :, : h // 2 * 2, : w // 2 * 2]
    return x.reshape(b, t, h // 2, 2, w // 2, 2, c).max((3, 5))


def pair_logits(layer, theta, phi):
    """f of Eq. 4.1 before its exponential, pair by pair: (B, N, M)."""
    if layer.form != "concat":
        return np.einsum("bnc,bmc->bnm", theta, phi)
    n, m = theta.shape[1], phi.shape[1]
    pairs = np.concatenate(
        [
            np.repeat(theta[:, :, None], m, axis=2),
            np.repeat(phi[:, None], n, axis=1),
        ],
        axis=-1,
    )
    return np.maximum(pairs @ np.asarray(layer.pair_kernel)[:, 0], 0)


def reference(layer, x):
    """Eq. 4.1 in NumPy, with the poolings of the released codes."""
    x = x.astype("float64")
    before = max_pool(x) if layer.sub_sample == "before" else x
    theta, phi = x, before
    if layer.form != "gaussian":
        theta, phi = convolve(layer.theta, x), convolve(layer.phi, before)
    g = convolve(layer.g, before)
    if layer.sub_sample == "after":
        phi, g = max_pool(phi), max_pool(g)
    theta, phi, g = (
        a.reshape(len(x), -1, a.shape[-1]) for a in (theta, phi, g)
    )
    f = pair_logits(layer, theta, phi)
    if layer.form in ("embedded", "gaussian"):
        f = f / theta.shape[-1] ** 0.5 if layer.scale else f
        f = np.exp(f - f.max(-1, keepdims=True))
        normaliser = f.sum(-1, keepdims=True)
    else:
        normaliser = phi.shape[1]
    y = np.einsum("bnm,bmc->bnc", f / normaliser, g)
    y = convolve(layer.out, y.reshape(*x.shape[:4], -1))
    gamma, beta, mean, variance = layer.bn.get_weights()
    return x + (y - mean) / np.sqrt(variance + 1e-5) * gamma + beta


@pytest.mark.parametrize("sub_sample", SUB_SAMPLES)
@pytest.mark.parametrize(
    ("form", "scale"),
    [*((f, False) for f in FORMS), *((f, True) for f in SOFTMAX_FORMS)],
)
def test_against_numpy(form, sub_sample, scale):
    layer = opened(form=form, sub_sample=sub_sample, scale=scale)
    out = np.asarray(layer(clip()))
    np.testing.assert_allclose(out, reference(layer, clip()), atol=1e-5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("query_chunk", [1, 16])
def test_chunks_change_nothing(form, query_chunk):
    """Not the output and not a gradient."""
    whole, chunked = opened(form=form), opened(form=form)
    chunked.query_chunk = query_chunk
    a, b = (_output_and_gradients(layer) for layer in (whole, chunked))
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-5)


def _output_and_gradients(layer):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        out = layer(clip())
        loss = tf.reduce_mean(out**2)
    gradients = tape.gradient(loss, layer.trainable_weights)
    return [np.asarray(t) for t in (out, *gradients)]


def test_moving_the_positions_moves_the_outputs():
    """The block does not know where a position is."""
    layer = opened()
    order = np.random.default_rng(2).permutation(2 * 4 * 5)

    def shuffled(x):
        flat = x.reshape(2, -1, 6)[:, order]
        return flat.reshape(x.shape)

    np.testing.assert_allclose(
        np.asarray(layer(shuffled(clip()))),
        shuffled(np.asarray(layer(clip()))),
        atol=1e-5,
    )


@pytest.mark.parametrize("sub_sample", SUB_SAMPLES)
def test_any_size_of_clip(sub_sample):
    layer = opened(sub_sample=sub_sample)
    symbol = keras.Input((None, None, None, 6))
    model = keras.Model(symbol, layer(symbol))
    assert model.output.shape == (None, None, None, None, 6)
    np.testing.assert_allclose(
        model.predict(clip(), verbose=0), np.asarray(layer(clip())), atol=1e-5
    )


@pytest.mark.parametrize(("c", "total"), [(512, 526_592), (1024, 2_101_760)])
def test_published_size(c, total):
    layer = NonLocal()
    layer.build((None, 8, 28, 28, c))
    counted = sum(np.prod(w.shape) for w in layer.trainable_weights)
    assert counted == total == 2 * c * c + 9 * c // 2


def test_macs_of_the_thesis_clip():
    """Five blocks of 8x224x224 clips: 47.8 G for matrix products (SPEC 16),
    and the 16.492 G that the published counting sees."""
    total = seen = 0
    for count, c, size in ((2, 512, 28), (3, 1024, 14)):
        layer, shape = NonLocal(), (None, 8, size, size, c)
        layer.build(shape)
        total += count * layer.count_macs(shape, shape)
        for part, i, o in layer.sublayer_shapes(shape):
            values = np.prod(o[1:])
            if part is layer.bn:
                seen += count * 2 * values
            else:
                seen += count * (part.count_macs(i, o) + values)
    products = 2 * (2 * 6272**2 * 256) + 3 * (2 * 1568**2 * 512)
    assert round(products / 1e9, 1) == 47.8
    assert total == products + 16_441_671_680
    assert round(seen / 1e9, 3) == 16.492


@pytest.mark.parametrize(
    ("arguments", "macs"),
    [
        # C = 6, inner 3, N = 2 * 4 * 4 = 32 positions, M = 8 when pooled.
        ({}, 32 * 6 * 3 * 4 + 32 * 32 * 6),
        # Keys and values first: 3 x 3 numbers instead of 32 x 32.
        ({"form": "dot"}, 32 * 6 * 3 * 4 + (32 + 32) * 3 * 3),
        ({"form": "gaussian"}, 32 * 6 * 3 * 2 + 32 * 32 * (6 + 3)),
        ({"form": "concat"}, 32 * 6 * 3 * 4 + 64 * 3 + 32 * 32 * 3),
        ({"sub_sample": "after"}, 32 * 6 * 3 * 4 + 32 * 8 * 6),
        ({"sub_sample": "before"}, (2 * 32 + 2 * 8) * 18 + 32 * 8 * 6),
        ({"inter_channels": 2}, 32 * 6 * 2 * 4 + 32 * 32 * 4),
    ],
)
def test_macs(arguments, macs):
    layer, shape = NonLocal(**arguments), (None, 2, 4, 4, 6)
    layer.build(shape)
    assert layer.count_macs(shape, shape) == macs


def test_kernels_are_drawn_apart():
    layer = NonLocal(kernel_initializer=he_normal_fan_out())
    layer.build(SHAPE)
    theta, phi = (np.asarray(p.kernel) for p in (layer.theta, layer.phi))
    assert np.abs(theta - phi).max() > 0.1


def test_default_kernels_are_as_torch_draws_them():
    layer = NonLocal(inter_channels=512)
    layer.build((None, 1, 1, 1, 64))
    bound = 1 / np.sqrt(64)
    largest = np.abs(np.asarray(layer.theta.kernel)).max()
    assert 0.99 * bound < largest <= bound


def test_softmax_is_float32_in_half_precision():
    """Shares of 1 / 4096 that bfloat16 would round to 8 bits each."""
    x = clip((1, 4, 32, 32, 4))
    half = opened(x.shape, dtype="mixed_bfloat16")
    full = opened(x.shape)
    _, scores = half(x, return_attention_scores=True, position=(1, 2, 3))
    assert scores.dtype == "float32"
    np.testing.assert_allclose(np.asarray(scores).sum(), 1, atol=1e-5)
    out = np.asarray(keras.ops.cast(half(x), "float32"))
    np.testing.assert_allclose(out, np.asarray(full(x)), atol=0.1)


@pytest.mark.parametrize(
    "query_chunk", [None, pytest.param(10, marks=pytest.mark.slow)]
)
def test_converts_to_tflite(query_chunk, tmp_path):
    """All forms, side by side in one network."""
    inputs = keras.Input((4, 8, 8, 3))
    blocks = [
        opened(
            (None, 4, 8, 8, 3),
            form=form,
            inter_channels=2,
            sub_sample="after",
            query_chunk=query_chunk,
        )(inputs)
        for form in FORMS
    ]
    x = keras.layers.concatenate(blocks)
    x = keras.layers.GlobalMaxPooling3D()(x)
    x = keras.layers.Dense(3, "softmax")(x)
    found = check_tflite(
        keras.Model(inputs, x), clip((1, 4, 8, 8, 3)), tmp_path, atol=1e-5
    )
    # 256 positions; the dot product has no weights to hold.
    chunks = 26 if query_chunk else 1
    assert found.count("BATCH_MATMUL") >= 3 * 2 * chunks + 2


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"form": "cosine"}, "form"),
        ({"sub_sample": True}, "sub_sample"),
        ({"inter_channels": 0}, "inter_channels"),
        ({"form": "dot", "scale": True}, "scale"),
    ],
)
def test_bad_arguments(arguments, name):
    with pytest.raises(ValueError, match=f"`{name}`"):
        NonLocal(**arguments)
