"""The attentions that weigh channels: SE, CBAM, GC and the released gate."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.layers import (
    CBAM3D,
    ChannelGate,
    Conv3D,
    GlobalContext,
    VideoSqueezeExcite,
)
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite

SHAPE = (3, 2, 4, 5, 8)
MAKERS = {
    "additive": lambda: VideoSqueezeExcite(4),
    "gated": lambda: VideoSqueezeExcite(4, "gated"),
    "cbam": lambda: CBAM3D(4, (1, 3, 5)),
    "gc": lambda: GlobalContext(4),
    "gate": lambda: ChannelGate(4),
}
IDENTITIES = ("additive", "gc", "gate")


@pytest.fixture(params=sorted(MAKERS))
def kind(request):
    return request.param


def clip(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def opened(kind, shape=SHAPE):
    """A layer with weights, and moving statistics, as if trained."""
    layer = MAKERS[kind]()
    layer.build(shape)
    rng = np.random.default_rng(1)
    for weight in layer.weights:
        weight.assign(rng.uniform(0.2, 1, weight.shape))
    return layer


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def dense(conv, x):
    kernel, bias = conv.get_weights()
    return x @ kernel[0, 0, 0] + bias


def batch_norm(bn, x):
    gamma, beta, mean, variance = bn.get_weights()
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


def layer_norm(ln, x):
    gamma, beta = ln.get_weights()
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * gamma + beta


def bottleneck(part, x):
    x = dense(part.down, x)
    if part.norm is not None:
        named = {"bn": batch_norm, "ln": layer_norm}
        x = named[part.norm.name](part.norm, x)
    return dense(part.up, np.maximum(x, 0))


def context(part, x):
    """The average of GCNet, position by position."""
    flat = x.reshape(len(x), -1, x.shape[-1])
    logits = np.exp(dense(part.logits, flat))
    weights = logits / logits.sum(1, keepdims=True)
    return (weights * flat).sum(1).reshape(len(x), 1, 1, 1, -1)


def convolve(x, kernel):
    """(B, T, H, W, 2) with (1, kh, kw, 2, 1), zeros outside."""
    _, kh, kw, *_ = kernel.shape
    pads = ((0, 0), (0, 0), (kh // 2,) * 2, (kw // 2,) * 2, (0, 0))
    padded = np.pad(x, pads)
    out = np.zeros((*x.shape[:4], 1))
    for i in range(kh):
        for j in range(kw):
            window = padded[:, :, i : i + x.shape[2], j : j + x.shape[3]]
            out += window @ kernel[0, i, j]
    return out


def reference(kind, layer, x):
    x = x.astype("float64")
    mean = x.mean((1, 2, 3), keepdims=True)
    if kind == "additive":
        return x + bottleneck(layer.excite, mean)
    if kind == "gated":
        return x * sigmoid(bottleneck(layer.excite, mean))
    if kind != "cbam":
        return x + bottleneck(layer.transform, context(layer.context, x))
    largest = x.max((1, 2, 3), keepdims=True)
    y = bottleneck(layer.mlp, mean) + bottleneck(layer.mlp, largest)
    y = x * sigmoid(y)
    pooled = np.stack([y.mean(-1), y.max(-1)], axis=-1)
    s = convolve(pooled, layer.conv.get_weights()[0])
    return y * sigmoid(batch_norm(layer.bn, s))


def test_contract(kind):
    check_layer_contract(opened(kind), clip())


def test_against_numpy(kind):
    layer = opened(kind)
    np.testing.assert_allclose(
        np.asarray(layer(clip())),
        reference(kind, layer, clip()),
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.parametrize("kind", IDENTITIES)
def test_identity_at_the_start(kind):
    for training in (False, True):
        out = MAKERS[kind]()(clip(), training=training)
        np.testing.assert_array_equal(np.asarray(out), clip())


@pytest.mark.parametrize("kind", ["gated", "cbam"])
def test_gates_only_weaken(kind):
    layer = MAKERS[kind]()
    out = np.asarray(layer(clip()))
    assert (np.abs(out) < np.abs(clip())).all()


def test_excitation_by_hand():
    """Two channels of mean 1 and 3, h = 1: s = ReLU(1 - 3 + 5) (2, -1)."""
    x = np.array([0, 2, 2, 4], "float32").reshape(1, 1, 1, 2, 2)
    layer = VideoSqueezeExcite(2, "gated")
    layer.build(x.shape)
    layer.excite.down.kernel.assign(np.reshape([1, -1], (1, 1, 1, 2, 1)))
    layer.excite.down.bias.assign([5])
    layer.excite.up.kernel.assign(np.reshape([2, -1], (1, 1, 1, 1, 2)))
    expected = x * sigmoid(np.array([6.0, -3.0]))
    np.testing.assert_allclose(np.asarray(layer(x)), expected, rtol=1e-6)


def test_channels_do_not_see_the_order_of_positions(kind):
    """Only CBAM's convolution does."""
    layer = opened(kind)
    order = np.random.default_rng(2).permutation(40)

    def shuffled(x):
        return x.reshape(3, -1, 8)[:, order].reshape(x.shape)

    one = np.asarray(layer(shuffled(clip())))
    other = shuffled(np.asarray(layer(clip())))
    assert np.allclose(one, other, atol=1e-5) == (kind != "cbam")


def test_any_size_of_clip(kind):
    layer = opened(kind)
    symbol = keras.Input((None, None, None, 8))
    model = keras.Model(symbol, layer(symbol))
    assert model.output.shape == (None, None, None, None, 8)
    np.testing.assert_allclose(
        np.asarray(model(clip())), np.asarray(layer(clip())), atol=1e-5
    )


def trainable(layer, channels):
    layer.build((None, 8, 14, 14, channels))
    return sum(np.prod(w.shape) for w in layer.trainable_weights)


@pytest.mark.parametrize(
    ("make", "small", "large"),
    [
        # What SPEC 9.4 adds up to over two blocks of 512 and three of 1024.
        (lambda: VideoSqueezeExcite(), 33_376, 132_288),
        (lambda: VideoSqueezeExcite(2), 263_424, 1_051_136),
        (lambda: VideoSqueezeExcite(16, "gated"), 33_312, 132_160),
        (lambda: CBAM3D(), 34_000, 132_848),
        (lambda: CBAM3D(kernel_size=(1, 7, 7)), 33_412, 132_260),
        (lambda: GlobalContext(), 33_889, 133_313),
        (lambda: ChannelGate(), 263_937, 1_052_161),
    ],
)
def test_parameters(make, small, large):
    assert (trainable(make(), 512), trainable(make(), 1024)) == (small, large)


@pytest.mark.parametrize(
    ("kind", "macs", "hooks"),
    [
        # C = 8, h = 2, N = 40: mean 328, two dense layers 16 + 16, biases
        # 2 + 8, normalisation of 2 values.
        ("additive", 32, 328 + 42 + 4),
        ("gated", 32, 328 + 42),
        # The context's logits 320 + 40; its average is a matrix product.
        ("gc", 320 + 320 + 32, 360 + 42),
        ("gate", 320 + 320 + 32, 360 + 42 + 4),
        # Twice the dense layers; 15 * 2 taps, normalised, 40 times.
        ("cbam", 64 + 1200, 328 + 84 + 1200 + 80),
    ],
)
def test_counts(kind, macs, hooks):
    inputs = keras.Input(SHAPE[1:])
    model = keras.Model(inputs, MAKERS[kind]()(inputs))
    assert kvideo.count(model).macs == macs
    assert kvideo.count(model, mode="hooks").macs == hooks


def test_mixed_precision(kind):
    full = opened(kind)
    layer = type(full).from_config(
        {**full.get_config(), "dtype": "mixed_bfloat16"}
    )
    layer.build(SHAPE)
    layer.set_weights(full.get_weights())
    out = layer(clip())
    assert out.dtype == "bfloat16"
    np.testing.assert_allclose(
        np.asarray(keras.ops.cast(out, "float32")),
        np.asarray(full(clip())),
        rtol=0.03,
        atol=0.1,
    )


def test_converts_to_tflite(kind, tmp_path):
    shape = (4, 8, 8, 3)
    inputs = keras.Input(shape)
    x = Conv3D(8, 1)(inputs)
    x = opened(kind, (None, 4, 8, 8, 8))(x)
    x = keras.layers.GlobalMaxPooling3D()(x)
    x = keras.layers.Dense(3, "softmax")(x)
    check_tflite(keras.Model(inputs, x), clip((1, *shape)), tmp_path, 1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: VideoSqueezeExcite(0), "`reduction`"),
        (lambda: VideoSqueezeExcite(4, "multiplicative"), "`form`"),
        (lambda: CBAM3D(2.5), "`reduction`"),
        (lambda: CBAM3D(kernel_size=4), "odd kernel sizes"),
        (lambda: GlobalContext(-1), "`reduction`"),
        (lambda: ChannelGate("2"), "`reduction`"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_rank(kind):
    with pytest.raises(ValueError, match="rank 5"):
        MAKERS[kind]()(clip((2, 4, 5, 8)))


def test_a_normalisation_of_one_channel_is_refused():
    """It would always give its offset, 0, and train nothing."""
    with pytest.raises(ValueError, match="Give a smaller reduction"):
        GlobalContext(8)(clip())
