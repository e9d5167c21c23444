import keras
import numpy as np
import pytest

import kvideo
from kvideo.layers import RNL, RegionNonLocal
from kvideo.layers.region_non_local import MODES, REGIONS
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite

SHAPE = (2, 3, 4, 5, 6)


def clip(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def opened(shape=SHAPE, **arguments):
    """A block that no longer starts as the identity."""
    layer = RegionNonLocal(**arguments)
    layer.build(shape)
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    return layer


@pytest.mark.parametrize("mode", MODES)
def test_contract(mode):
    arguments = {
        "kernel_size": (1, 3, 3),
        "mode": mode,
        "region": {"gaussian": "conv", "dot": "average", "cosine": "max"}[mode],
        "inter_channels": 4,
        "sub_sample": True,
        "query_chunk": 7,
        "kernel_initializer": "he_normal",
    }
    check_layer_contract(RegionNonLocal(**arguments), clip())
    check_layer_contract(opened(**arguments), clip())


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("mode", MODES)
def test_identity_at_the_start(mode, region):
    layer = RNL(3, mode, region)
    for training in (False, True):
        out = layer(clip(), training=training)
        np.testing.assert_array_equal(np.asarray(out), clip())


def test_by_hand():
    """Two positions of one channel, x = (0, ln 3), every weight 1.

    A region of three frames sums both: q = (ln 3, ln 3), all pairs are
    equally alike, and y is the mean for both. With regions of one position
    q = g = x: for the first position all logits are 0, for the second they
    are (0, ln^2 3).
    """
    x = np.array([0, np.log(3)], "float32").reshape(1, 2, 1, 1, 1)
    share = 1 / (1 + np.exp(-(np.log(3) ** 2)))
    for kernel, second in (((3, 1, 1), 0.5), (1, share)):
        layer = RegionNonLocal(kernel, inter_channels=1)
        layer.build(x.shape)
        for weight in layer.trainable_weights:
            if weight.name == "kernel":
                weight.assign(np.ones(weight.shape))
        layer.bn.gamma.assign([np.sqrt(1 + 1e-5)])
        expected = [np.log(3) / 2, np.log(3) + second * np.log(3)]
        out = np.asarray(layer(x)).ravel()
        np.testing.assert_allclose(out, expected, rtol=1e-6)


def convolve(layer, x):
    """A 1x1x1 convolution."""
    kernel, bias = layer.get_weights()
    return np.einsum("bthwc,cd->bthwd", x, kernel[0, 0, 0]) + bias


def aggregate(layer, g):
    """Eq. 4.3, one neighbour of all positions after the other."""
    if layer.kernel_size == (1, 1, 1):
        return g
    pads = [(0, 0), *((k // 2, k // 2) for k in layer.kernel_size), (0, 0)]
    outside = -np.inf if layer.region == "max" else 0
    padded = np.pad(g, pads, constant_values=outside)
    seen = np.stack(
        [
            padded[:, i : i + g.shape[1], j : j + g.shape[2], k:][
                :, :, :, : g.shape[3]
            ]
            for i, j, k in np.ndindex(*layer.kernel_size)
        ]
    )
    if layer.region == "max":
        return seen.max(0)
    if layer.region == "average":
        return seen.mean(0)
    kernel = layer.around.get_weights()[0].reshape(-1, 1, 1, 1, 1, g.shape[-1])
    return (seen * kernel).sum(0)


def max_pool(x):
    """Largest of each 2x2 window of a frame; an odd last one falls away."""
    b, t, h, w, c = x.shape
    x = x[:, :, : h // 2 * 2, : w // 2 * 2]
    return x.reshape(b, t, h // 2, 2, w // 2, 2, c).max((3, 5))


def reference(layer, x):
    """Eq. 4.2 to 4.9 in NumPy; the output and all weights (B, N, M)."""
    x = x.astype("float64")
    g = convolve(layer.g, x)
    q = aggregate(layer, g)
    if layer.mode == "cosine":
        q = q / np.sqrt((q**2).sum(-1, keepdims=True))
    k = q
    if layer.sub_sample:
        k, g = max_pool(q), max_pool(g)
    q, k, g = (a.reshape(len(x), -1, a.shape[-1]) for a in (q, k, g))
    f = np.einsum("bnc,bmc->bnm", q, k)
    if layer.mode == "gaussian":
        f = np.exp(f - f.max(-1, keepdims=True))
        f = f / f.sum(-1, keepdims=True)
    else:
        f = (np.maximum(f, 0) if layer.mode == "cosine" else f) / k.shape[1]
    y = convolve(layer.out, (f @ g).reshape(*x.shape[:4], -1))
    gamma, beta, mean, variance = layer.bn.get_weights()
    return x + (y - mean) / np.sqrt(variance + 1e-5) * gamma + beta, f


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("kernel_size", "sub_sample"), [((3, 3, 5), False), (3, True), (1, False)]
)
def test_against_numpy(mode, region, kernel_size, sub_sample):
    layer = opened(
        kernel_size=kernel_size,
        mode=mode,
        region=region,
        sub_sample=sub_sample,
        query_chunk=17,
    )
    expected, weights = reference(layer, clip())
    out, scores = layer(
        clip(), return_attention_scores=True, position=(1, 3, 4)
    )
    np.testing.assert_allclose(np.asarray(out), expected, atol=2e-5)
    row = weights[:, 1 * 20 + 3 * 5 + 4]
    np.testing.assert_allclose(
        np.asarray(scores).reshape(row.shape), row, atol=1e-5
    )


@pytest.mark.parametrize("mode", MODES)
def test_chunks_change_nothing(mode):
    """Not the output and not a gradient."""
    a, b = (
        _output_and_gradients(opened(mode=mode, query_chunk=chunk))
        for chunk in (None, 7)
    )
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-5)


def _output_and_gradients(layer):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        out = layer(clip())
        loss = tf.reduce_mean(out**2)
    gradients = tape.gradient(loss, layer.trainable_weights)
    return [np.asarray(t) for t in (out, *gradients)]


def test_cosine_ignores_how_long_features_are():
    layer = opened(kernel_size=1, mode="cosine")
    layer.g.bias.assign(np.zeros(3))
    look = {"return_attention_scores": True, "position": (0, 0, 0)}
    x = clip()
    bright = x * np.linspace(1, 9, 3).reshape(1, 3, 1, 1, 1).astype("float32")
    np.testing.assert_allclose(
        np.asarray(layer(bright, **look)[1]),
        np.asarray(layer(x, **look)[1]),
        atol=1e-6,
    )
    assert np.isfinite(np.asarray(layer(np.zeros_like(x)))).all()


@pytest.mark.parametrize(
    ("shape", "kernel_size", "region", "total"),
    [
        ((None, 8, 28, 28, 512), (3, 7, 7), "conv", 301_568),
        ((None, 8, 28, 28, 512), (3, 7, 7), "average", 263_936),
        ((None, 8, 28, 28, 512), (3, 7, 7), "max", 263_936),
        ((None, 8, 14, 14, 1024), (3, 3, 3), "conv", 1_065_984),
    ],
)
def test_published_size(shape, kernel_size, region, total):
    layer = RegionNonLocal(kernel_size, region=region)
    layer.build(shape)
    counted = sum(np.prod(w.shape) for w in layer.trainable_weights)
    c, volume = shape[-1], np.prod(kernel_size) * (region == "conv")
    assert counted == total == c * c + 7 * c // 2 + volume * c // 2


def block(channels, size, kernel_size, **arguments):
    inputs = keras.Input((8, size, size, channels))
    layer = RegionNonLocal(kernel_size, **arguments)
    return keras.Model(inputs, layer(inputs))


def test_costs_of_the_thesis_clip():
    """SPEC 9.4: 1.655 G for one block in res3 and 8.260 G for five as hooks
    see them, without the channel-wise convolution."""
    res3, res4 = block(512, 28, (3, 7, 7)), block(1024, 14, 3)
    hooks = [kvideo.count(model, "hooks").macs for model in (res3, res4)]
    assert round(hooks[0] / 1e9, 3) == 1.655
    assert round((2 * hooks[0] + 3 * hooks[1]) / 1e9, 3) == 8.260
    pooled = block(512, 28, (3, 7, 7), region="average")
    assert kvideo.count(pooled, "hooks").macs == hooks[0]
    for model, positions, channels, volume in (
        (res3, 6272, 512, 147),
        (res4, 1568, 1024, 27),
    ):
        inner = channels // 2
        assert kvideo.count(model).macs == (
            2 * positions * channels * inner  # 1x1x1
            + positions * inner * volume
            + 2 * positions**2 * inner
        )


@pytest.mark.parametrize(
    ("mode", "sub_sample", "products"),
    [
        # N = 32 positions, 8 when pooled; C = 6, inner 3.
        ("gaussian", False, 32 * 32 * 6),
        ("cosine", True, 32 * 8 * 6),
        ("dot", False, (32 + 32) * 9),
        ("dot", True, (32 + 8) * 9),
    ],
)
def test_macs(mode, sub_sample, products):
    layer, shape = RNL(3, mode, sub_sample=sub_sample), (None, 2, 4, 4, 6)
    layer.build(shape)
    convolutions = 32 * 6 * 3 * 2 + 32 * 3 * 27
    assert layer.count_macs(shape, shape) == convolutions + products


def test_region_kernel_is_drawn_as_in_the_code():
    """Xavier's bound of a kernel of 32 input channels a group."""
    layer = RegionNonLocal(3, inter_channels=64)
    layer.build((None, 4, 8, 8, 16))
    bound = np.sqrt(6 / ((32 + 64) * 27))
    largest = np.abs(np.asarray(layer.around.kernel)).max()
    assert 0.98 * bound < largest <= bound
    assert not layer.around.use_bias


@pytest.mark.parametrize(
    ("mode", "region"), [("gaussian", "conv"), ("cosine", "max")]
)
def test_any_size_of_clip(mode, region):
    layer = opened(mode=mode, region=region)
    symbol = keras.Input((None, None, None, 6))
    model = keras.Model(symbol, layer(symbol))
    assert model.output.shape == (None, None, None, None, 6)
    np.testing.assert_allclose(
        np.asarray(model(clip())), np.asarray(layer(clip())), atol=1e-5
    )


def test_half_precision():
    half, full = opened(dtype="mixed_bfloat16"), opened()
    out = half(clip())
    assert out.dtype == "bfloat16"
    found = np.asarray(keras.ops.cast(out, "float32"))
    np.testing.assert_allclose(found, np.asarray(full(clip())), atol=0.15)


@pytest.mark.parametrize(
    "query_chunk", [None, pytest.param(10, marks=pytest.mark.slow)]
)
def test_converts_to_tflite(query_chunk, tmp_path):
    """All modes and regions, side by side in one network."""
    inputs = keras.Input((2, 6, 6, 3))
    blocks = [
        opened(
            (None, 2, 6, 6, 3),
            kernel_size=3,
            mode=mode,
            region=region,
            inter_channels=2,
            query_chunk=query_chunk,
        )(inputs)
        for mode, region in zip(MODES, REGIONS, strict=True)
    ]
    x = keras.layers.concatenate(blocks)
    x = keras.layers.GlobalMaxPooling3D()(x)
    x = keras.layers.Dense(3, "softmax")(x)
    found = check_tflite(
        keras.Model(inputs, x), clip((1, 2, 6, 6, 3)), tmp_path, atol=1e-5
    )
    # 72 positions; the dot product has no weights to hold.
    chunks = 8 if query_chunk else 1
    assert found.count("BATCH_MATMUL") >= 2 * 2 * chunks + 2


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"kernel_size": 2}, "kernel_size"),
        ({"kernel_size": (3, 7, 6)}, "kernel_size"),
        ({"kernel_size": (3, 7)}, "kernel_size"),
        ({"mode": "embedded"}, "mode"),
        ({"region": "pool"}, "region"),
        ({"inter_channels": 0}, "inter_channels"),
        ({"query_chunk": 0}, "query_chunk"),
        ({"query_chunk": "all"}, "query_chunk"),
    ],
)
def test_bad_arguments(arguments, name):
    with pytest.raises(ValueError, match=f"`{name}`"):
        RegionNonLocal(**arguments)
