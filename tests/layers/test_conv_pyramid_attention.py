import keras
import numpy as np
import pytest

import kvideo
from kvideo.layers import CPA, ConvPyramidAttention
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite

SHAPE = (2, 3, 4, 5, 6)
# Table 4.5.
PYRAMIDS = (
    ((1, 1, 1),),
    ((3, 3, 3),),
    ((3, 7, 7),),
    ((3, 9, 9),),
    ((3, 3, 3), (3, 7, 7)),
    ((1, 1, 1), (3, 3, 3), (3, 7, 7)),
    ((1, 1, 1), (3, 3, 3), (3, 7, 7), (3, 9, 9)),
)


def clip(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def shaken(shape=SHAPE, **arguments):
    layer = ConvPyramidAttention(**arguments)
    layer.build(shape)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    return layer


def test_contract():
    arguments = {
        "pyramid": ((1, 3, 3), 3),
        "residual": False,
        "use_bias": False,
    }
    check_layer_contract(ConvPyramidAttention(**arguments), clip())
    check_layer_contract(shaken(), clip())


def test_by_hand():
    """Two positions of two channels, means 0 and ln 3, one kernel of 1:
    shares 1/4 and 3/4."""
    x = np.array([[-1, 1], [np.log(3) - 2, np.log(3) + 2]], "float32")
    x = x.reshape(1, 2, 1, 1, 2)
    share = np.reshape([1 / 4, 3 / 4], (1, 2, 1, 1, 1))
    for residual in (False, True):
        layer = ConvPyramidAttention([1], residual)
        layer.build(x.shape)
        layer.levels[0].kernel.assign(np.ones((1, 1, 1, 1, 1)))
        out, scores = layer(x, return_attention_scores=True)
        np.testing.assert_allclose(out, x * (share + residual), rtol=1e-6)
        np.testing.assert_allclose(scores, share[..., 0], rtol=1e-6)


def reference(layer, x):
    """Eq. 4.10 and 4.11 in NumPy: the output and the map."""
    mean = x.astype("float64").mean(-1)
    logits = np.zeros_like(mean)
    for level in layer.levels:
        kernel, *bias = level.get_weights()
        kernel = kernel[..., 0, 0]
        pads = [(0, 0), *((k // 2, k // 2) for k in kernel.shape)]
        seen = np.lib.stride_tricks.sliding_window_view(
            np.pad(mean, pads), kernel.shape, axis=(1, 2, 3)
        )
        logits += np.einsum("bthwijk,ijk->bthw", seen, kernel)
        logits += bias[0] if bias else 0
    scores = np.exp(logits - logits.max((1, 2, 3), keepdims=True))
    scores /= scores.sum((1, 2, 3), keepdims=True)
    return x * (scores[..., None] + layer.residual), scores


@pytest.mark.parametrize("pyramid", PYRAMIDS)
@pytest.mark.parametrize("flag", [True, False])
def test_against_numpy(pyramid, flag):
    layer = shaken(pyramid=pyramid, residual=flag, use_bias=not flag)
    out, scores = layer(clip(), return_attention_scores=True)
    expected, map_ = reference(layer, clip())
    np.testing.assert_allclose(np.asarray(out), expected, atol=1e-5)
    np.testing.assert_allclose(np.asarray(scores), map_, atol=1e-6)
    np.testing.assert_allclose(np.asarray(layer(clip())), np.asarray(out))


def test_biases_change_nothing():
    layer = shaken()
    before = np.asarray(layer(clip()))
    for level in layer.levels:
        level.bias.assign([5.0])
    np.testing.assert_allclose(np.asarray(layer(clip())), before, rtol=1e-5)


def test_a_residual_hardly_changes_a_clip_at_the_start():
    """One share for each of 8 x 28 x 28 positions, on average 1.6e-4."""
    layer = CPA()
    x = np.abs(clip((1, 8, 28, 28, 4)))
    out = np.asarray(layer(x))
    assert np.abs(out / x - 1).mean() < 2e-4


@pytest.mark.parametrize(
    ("pyramid", "total"),
    list(zip(PYRAMIDS, (2, 28, 148, 244, 176, 178, 422), strict=True)),
)
def test_sizes_of_table_4_5(pyramid, total):
    layer = ConvPyramidAttention(pyramid)
    layer.build((None, 8, 28, 28, 512))
    assert layer.count_params() == total
    plain = ConvPyramidAttention(pyramid, use_bias=False)
    plain.build((None, 8, 28, 28, 512))
    assert plain.count_params() == total - len(pyramid)


def test_macs():
    inputs = keras.Input((2, 4, 4, 6))
    model = keras.Model(inputs, ConvPyramidAttention()(inputs))
    assert kvideo.count(model).macs == 32 * 418
    assert kvideo.count(model, "hooks").macs == 32 * 422


def test_map_of_a_functional_model_of_any_size():
    symbol = keras.Input((None, None, None, 6))
    layer = shaken()
    model = keras.Model(symbol, layer(symbol, return_attention_scores=True))
    assert [x.shape for x in model.outputs] == [
        (None, None, None, None, 6),
        (None, None, None, None),
    ]
    out, scores = model(clip())
    expected, map_ = reference(layer, clip())
    np.testing.assert_allclose(np.asarray(out), expected, atol=1e-5)
    np.testing.assert_allclose(np.asarray(scores), map_, atol=1e-6)


def test_shares_are_float32_in_half_precision():
    layer = shaken(dtype="mixed_bfloat16")
    out, scores = layer(clip(), return_attention_scores=True)
    assert (out.dtype, scores.dtype) == ("bfloat16", "float32")
    sums = np.asarray(scores).sum((1, 2, 3))
    np.testing.assert_allclose(sums, 1, atol=1e-5)


def test_converts_to_tflite(tmp_path):
    inputs = keras.Input((4, 9, 9, 3))
    x = shaken((None, 4, 9, 9, 3), residual=False)(inputs)
    x = shaken((None, 4, 9, 9, 3))(x * 100)
    x = keras.layers.GlobalMaxPooling3D()(x)
    x = keras.layers.Dense(3, "softmax")(x)
    check_tflite(
        keras.Model(inputs, x), clip((1, 4, 9, 9, 3)), tmp_path, atol=1e-5
    )


@pytest.mark.parametrize("pyramid", [(), (2,), ((3, 4, 3),), ((3, 3),)])
def test_bad_pyramids(pyramid):
    with pytest.raises(ValueError, match="`pyramid`"):
        ConvPyramidAttention(pyramid)


def test_rank():
    with pytest.raises(ValueError, match="rank 5"):
        ConvPyramidAttention()(clip((2, 4, 5, 6)))
