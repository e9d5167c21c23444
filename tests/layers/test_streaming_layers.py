"""Layers of one frame after the other, which keep what they must know."""

import keras
import numpy as np
import pytest

from kvideo.layers import StreamingAverage, StreamingShift, TemporalShift


def check_contract(layer, *inputs):
    """What layers of several outputs promise."""
    expected = [np.asarray(y) for y in layer(list(inputs))]
    shapes = layer.compute_output_shape([x.shape for x in inputs])
    assert [tuple(shape) for shape in shapes] == [y.shape for y in expected]
    symbols = [keras.Input(x.shape[1:]) for x in inputs]
    twin = type(layer).from_config(layer.get_config())
    model = keras.Model(symbols, twin(symbols))
    assert all(shape[0] is None for shape in model.output_shape)
    for found, wanted in zip(model(list(inputs)), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_contracts():
    rng = np.random.default_rng(0)

    def draw(*shape):
        return rng.normal(size=shape).astype("float32")

    check_contract(
        StreamingShift(fold_div=4), draw(2, 1, 3, 3, 8), draw(2, 1, 3, 3, 2)
    )
    ones = np.ones((2, 1), "float32")
    check_contract(StreamingAverage(last=3), draw(2, 1, 5), draw(2, 3, 5), ones)


def test_frames_shift_as_the_clip_does():
    x = np.random.default_rng(0).normal(size=(2, 4, 3, 3, 9))
    x = x.astype("float32")
    layer, kept = StreamingShift(fold_div=4), np.zeros((2, 1, 3, 3, 2), "f")
    found = []
    for t in range(4):
        y, kept = layer([x[:, t : t + 1], kept])
        found.append(np.asarray(y))
    expected = TemporalShift(fold_div=4, online=True)(x)
    np.testing.assert_array_equal(np.concatenate(found, axis=1), expected)


@pytest.mark.parametrize(
    ("last", "expected"),
    [(None, [3, 4.5, 4, 6]), (2, [3, 4.5, 4.5, 7.5]), (1, [3, 6, 3, 12])],
)
def test_average_by_hand(last, expected):
    layer = StreamingAverage(last)
    memory = np.zeros((1, 1) if last is None else (1, last, 1), "float32")
    count = np.zeros((1, 1), "float32")
    found = []
    for value in (3, 6, 3, 12):
        x = np.full((1, 1, 1), value, "float32")
        average, memory, count = layer([x, memory, count])
        found.append(float(np.asarray(average)[0, 0]))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_errors():
    frame, kept = np.zeros((1, 1, 2, 2, 8)), np.zeros((1, 1, 2, 2, 1))
    with pytest.raises(ValueError, match="fold_div=1"):
        StreamingShift(fold_div=1)
    with pytest.raises(ValueError, match=r"one frame.*shape=\(1, 2,"):
        StreamingShift()([np.zeros((1, 2, 2, 2, 8)), kept])
    with pytest.raises(ValueError, match="C // fold_div"):
        StreamingShift(fold_div=4)([frame, kept])
    for last in (0, 1.5):
        with pytest.raises(ValueError, match=f"last={last}"):
            StreamingAverage(last)
