import numpy as np
import pytest
from keras import ops as kops
from keras.backend import backend

from kvideo import ops


def test_there_and_back():
    x = np.arange(2 * 3 * 2 * 4 * 5, dtype="float32").reshape(2, 3, 2, 4, 5)
    flat = ops.flatten_positions(x)
    assert tuple(flat.shape) == (2, 24, 5)
    np.testing.assert_array_equal(np.asarray(flat)[1, 9], x[1, 1, 0, 1])
    back = ops.unflatten_positions(flat, x)
    np.testing.assert_array_equal(np.asarray(back), x)


@pytest.mark.parametrize("size", [1, 3, 7, 8, None])
def test_chunks_in_order_none_lost(size):
    x = np.arange(2 * 7 * 2, dtype="float32").reshape(2, 7, 2)
    seen = []

    def square(part):
        seen.append(part.shape[1])
        return kops.square(part)

    out = ops.map_chunks(square, kops.convert_to_tensor(x), size)
    np.testing.assert_array_equal(np.asarray(out), x**2)
    assert sum(seen) == 7
    assert max(seen) == min(size or 7, 7)


@pytest.mark.parametrize("size", [0, -1, 2.0])
def test_sizes_that_are_none(size):
    with pytest.raises(ValueError, match=f"size={size}"):
        ops.map_chunks(lambda x: x, np.zeros((1, 4, 2)), size)


@pytest.mark.skipif(
    backend() != "tensorflow", reason="other backends know every size"
)
def test_an_unknown_number_of_positions():
    import tensorflow as tf

    spec = tf.TensorSpec((None, None, 2))

    @tf.function(input_signature=[spec])
    def run(x):
        return ops.map_chunks(lambda x: x, x, 4)

    with pytest.raises(ValueError, match="known number of positions"):
        run(np.zeros((1, 4, 2), "float32"))
