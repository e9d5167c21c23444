import keras
import numpy as np
import pytest
from keras import ops

from kvideo.ops import select_frames
from tests.support.convolutions import draw
from tests.support.gradients import value_and_gradients

INDICES = np.array([[0, 2, 3], [4, 1, 1]], "int32")


def test_each_clip_its_own_frames():
    (x,) = draw((2, 5, 3, 2, 4))
    y = ops.convert_to_numpy(select_frames(x, ops.array(INDICES)))
    np.testing.assert_array_equal(y[0], x[0, INDICES[0]])
    np.testing.assert_array_equal(y[1], x[1, INDICES[1]])


def test_gradient_goes_to_the_frames_that_are_taken():
    (x,) = draw((2, 5, 3, 2, 4))
    dy = np.ones((2, 3, 3, 2, 4), "float32")
    _, gradient = value_and_gradients(
        lambda x: select_frames(x, ops.array(INDICES)), dy, x
    )
    counts = gradient.mean(axis=(2, 3, 4))
    # A frame that is taken twice gets it twice.
    assert counts.tolist() == [[1, 0, 1, 1, 0], [0, 2, 0, 0, 1]]
    np.testing.assert_array_equal(gradient.std(axis=(2, 3, 4)), 0)


def test_errors():
    indices = keras.Input((3,), dtype="int32")
    with pytest.raises(ValueError, match="known number of frames"):
        select_frames(keras.Input((None, 4, 4, 2)), indices)
