import keras
import numpy as np
import pytest
from keras import ops as kops
from keras.backend import backend

from kvideo import ops
from kvideo.ops import attention
from tests.support.gradients import assert_all_close, value_and_gradients

# N queries, M keys of D channels, values of C channels.
N, M, D, C = 10, 7, 3, 5
KINDS = attention.WEIGHTS


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def triple(n=N, m=M, d=D, c=C):
    return draw(2, n, d), draw(2, m, d, seed=1), draw(2, m, c, seed=2)


def weights_of(kind, queries, keys):
    """Every pair by itself, in float64."""
    w = np.einsum("bnd,bmd->bnm", queries.astype("float64"), keys)
    if kind == "softmax":
        w = np.exp(w)
        return w / w.sum(-1, keepdims=True)
    return (np.maximum(w, 0) if kind == "relu" else w) / keys.shape[1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(N, M, D, C), (40, 30, 4, 4)])
@pytest.mark.parametrize("chunk", ["auto", 4])
def test_against_numpy(kind, sizes, chunk):
    queries, keys, values = triple(*sizes)
    w = weights_of(kind, queries, keys)
    found = ops.attention_weights(queries, keys, kind)
    np.testing.assert_allclose(kops.convert_to_numpy(found), w, atol=1e-6)
    y = ops.attend(*map(kops.convert_to_tensor, triple(*sizes)), kind, chunk)
    np.testing.assert_allclose(kops.convert_to_numpy(y), w @ values, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_change_neither_sums_nor_gradients(kind):
    dy = draw(2, N, C, seed=3)
    whole, *chunked = (
        value_and_gradients(
            lambda *a, c=chunk: ops.attend(*a, kind, c), dy, *triple()
        )
        for chunk in (None, 1, 4, 99)
    )
    for results in chunked:
        assert_all_close(results, whole)


def test_gradient_against_differences():
    """The hand-written gradient of the chunks, without the other one."""
    x, dy, eps = triple(), draw(2, N, C, seed=3), 1e-4
    for kind in ("softmax", "relu"):
        _, *gradients = value_and_gradients(
            lambda *a, k=kind: ops.attend(*a, k, 4), dy, *x
        )
        for which, gradient in enumerate(gradients):
            direction = draw(*gradient.shape, seed=4).astype("float64")
            ends = []
            for sign in (-1, 1):
                moved = [part.astype("float64") for part in x]
                moved[which] = moved[which] + sign * eps * direction
                w = weights_of(kind, *moved[:2])
                ends.append(np.sum(w @ moved[2] * dy))
            slope = (ends[1] - ends[0]) / (2 * eps)
            found = np.sum(gradient * direction)
            np.testing.assert_allclose(found, slope, rtol=1e-3)


def test_no_more_entries_at_a_time_than_said(monkeypatch):
    held = []
    honest = attention.attention_weights

    def spy(queries, keys, weights):
        held.append(queries.shape[1] * keys.shape[1])
        return honest(queries, keys, weights)

    monkeypatch.setattr(attention, "attention_weights", spy)
    monkeypatch.setattr(attention, "ENTRIES", 30)
    dy = draw(2, N, C, seed=3)
    for kind in ("softmax", "relu"):
        value_and_gradients(lambda *a, k=kind: ops.attend(*a, k), dy, *triple())
    assert held
    assert max(held) <= 30
    held.clear()
    # N M D C = 40, 40, 2, 2: 4 numbers stand for 1600.
    sizes = (40, 40, 2, 2)
    ops.attend(*map(kops.convert_to_tensor, triple(*sizes)), "linear")
    assert not held


def test_equal_keys_give_the_mean():
    queries, _, values = triple()
    y = ops.attend(
        *map(kops.convert_to_tensor, (queries, np.ones((2, M, D)), values)),
        chunk=3,
    )
    mean = np.broadcast_to(values.mean(1, keepdims=True), (2, N, C))
    np.testing.assert_allclose(kops.convert_to_numpy(y), mean, atol=1e-5)


def test_large_logits_stay_finite():
    queries, keys, values = triple()
    dy = draw(2, N, C, seed=3)
    results = value_and_gradients(
        lambda *a: ops.attend(*a, chunk=4), dy, queries * 1e4, keys, values
    )
    assert all(np.isfinite(r).all() for r in results)


@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_sums_in_float32(kind):
    x = [kops.cast(part, "bfloat16") for part in triple()]
    y = ops.attend(*x, kind, 4)
    assert keras.backend.standardize_dtype(y.dtype) == "bfloat16"
    exact = [kops.convert_to_numpy(kops.cast(p, "float32")) for p in x]
    w = weights_of(kind, *exact[:2])
    found = kops.convert_to_numpy(kops.cast(y, "float32"))
    np.testing.assert_allclose(found, w @ exact[2], atol=0.05)


@pytest.mark.parametrize(
    ("kind", "sizes", "macs"),
    [
        ("softmax", (10, 7, 3, 5), 10 * 7 * 8),
        ("relu", (10, 7, 3, 5), 10 * 7 * 8),
        ("linear", (10, 7, 3, 5), 17 * 15),
        ("linear", (10, 7, 30, 50), 10 * 7 * 80),
    ],
)
def test_macs(kind, sizes, macs):
    assert attention.count_attention_macs(*sizes, kind) == macs


@pytest.mark.parametrize("chunk", [0, -1, 2.0, "all"])
def test_bad_chunks(chunk):
    with pytest.raises(ValueError, match="`chunk`"):
        ops.attend(*triple(), chunk=chunk)


def test_unknown_weights():
    with pytest.raises(ValueError, match="`weights`"):
        ops.attend(*triple(), weights="cosine")


@pytest.mark.skipif(
    backend() != "tensorflow", reason="other backends know every size"
)
def test_an_unknown_number_of_positions():
    import tensorflow as tf

    def run(chunk):
        signature = [tf.TensorSpec((None, None, s)) for s in (D, D, C)]

        @tf.function(input_signature=signature)
        def graph(*x):
            return ops.attend(*x, "softmax", chunk)

        return graph(*triple())

    queries, keys, values = triple()
    expected = weights_of("softmax", queries, keys) @ values
    np.testing.assert_allclose(run("auto"), expected, atol=1e-5)
    with pytest.raises(ValueError, match="known number of queries"):
        run(4)
