"""What `NonLocal` and `RegionNonLocal` share."""

import keras
import numpy as np
import pytest

from kvideo.layers import NonLocal, RegionNonLocal

SHAPE = (2, 3, 4, 5, 6)
LAYERS = (NonLocal, RegionNonLocal)


def clip():
    return np.random.default_rng(0).normal(size=SHAPE).astype("float32")


@pytest.mark.parametrize("cls", LAYERS)
def test_scores_of_each_position(cls):
    """They add up to 1, and only the one that looks changes them."""
    layer = cls()
    x, ask = clip(), {"return_attention_scores": True}
    out, first = layer(x, position=(0, 0, 0), **ask)
    np.testing.assert_array_equal(np.asarray(out), np.asarray(layer(x)))
    _, last = layer(x, position=(2, 3, 4), **ask)
    for scores in (first, last):
        assert scores.shape == (2, 3, 4, 5)
        sums = np.asarray(scores).sum((1, 2, 3))
        np.testing.assert_allclose(sums, 1, rtol=1e-5)
    assert np.abs(np.asarray(first) - np.asarray(last)).max() > 1e-4


@pytest.mark.parametrize("cls", LAYERS)
def test_scores_point_at_what_looks_alike(cls):
    """Two bright spots in a dark clip look at one another."""
    x = np.zeros((1, 3, 8, 8, 4), "float32")
    x[0, 0, 1, 2] = x[0, 2, 6, 5] = 9
    layer = cls(3) if cls is RegionNonLocal else cls("gaussian")
    layer.build(x.shape)
    if cls is RegionNonLocal:
        layer.around.kernel.assign(np.ones((3, 3, 3, 1, 2)))
    _, scores = layer(
        x, return_attention_scores=True, position=(0, 1, 2), training=False
    )
    scores = np.asarray(scores)[0]
    assert scores[2, 6, 5] == pytest.approx(scores[0, 1, 2], rel=1e-4)
    assert scores[2, 6, 5] > 2 * np.median(scores)


@pytest.mark.parametrize("cls", LAYERS)
@pytest.mark.parametrize("sub_sample", [False, True])
def test_functional_models_with_scores(cls, sub_sample):
    pooled = "before" if sub_sample and cls is NonLocal else sub_sample
    layer = cls(sub_sample=pooled)
    ask = {"return_attention_scores": True, "position": (1, 2, 3)}
    for sizes in (SHAPE[1:4], (None, None, None)):
        symbol = keras.Input((*sizes, 6))
        model = keras.Model(symbol, layer(symbol, **ask))
        h, w = sizes[1:]
        if sub_sample and h:
            h, w = h // 2, w // 2
        assert model.outputs[1].shape == (None, sizes[0], h, w)
        _, scores = model(clip())
        _, expected = layer(clip(), **ask)
        assert scores.shape == (2, 3, *((2, 2) if sub_sample else (4, 5)))
        np.testing.assert_allclose(
            np.asarray(scores), np.asarray(expected), atol=1e-6
        )


@pytest.mark.parametrize("cls", LAYERS)
@pytest.mark.parametrize(
    "position", [None, (0, 0), (3, 0, 0), (0, -1, 0), (0, 0, 1.0)]
)
def test_bad_positions(cls, position):
    for x in (clip(), keras.Input(SHAPE[1:])):
        with pytest.raises(ValueError, match=r"`position=\(t, h, w\)`"):
            cls()(x, return_attention_scores=True, position=position)


@pytest.mark.parametrize("cls", LAYERS)
def test_chunks_need_a_known_size(cls):
    with pytest.raises(ValueError, match="`query_chunk`"):
        cls(query_chunk=4)(keras.Input((None, 8, 8, 4)))


def test_saved_model(tmp_path):
    """The loop over chunks is inside, for any number of clips."""
    import tensorflow as tf

    symbol = x = keras.Input(SHAPE[1:])
    for cls in LAYERS:
        layer = cls(query_chunk=7)
        x = layer(x)
        layer.bn.gamma.assign(np.ones(6))
    model = keras.Model(symbol, x)
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved")
    np.testing.assert_allclose(
        np.asarray(served.serve(clip())), np.asarray(model(clip())), atol=1e-5
    )


def test_trains_with_fit():
    """Chunks in the graph that `fit` compiles, of a batch of unknown size."""
    keras.utils.set_random_seed(0)
    symbol = x = keras.Input(SHAPE[1:])
    for cls in LAYERS:
        x = cls(query_chunk=7)(x)
    model = keras.Model(symbol, x)
    model.compile("adam", "mse")
    history = model.fit(clip(), clip()[::-1], epochs=5, verbose=0)
    losses = history.history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("cls", LAYERS)
def test_rank(cls):
    with pytest.raises(ValueError, match="rank 5"):
        cls()(clip()[0])
