import keras
import numpy as np
import pytest
from keras import ops as kops

from kvideo.ops.scan import scan


def step(carried, inputs):
    (total,), (x, y) = carried, inputs
    # Outputs of another shape than what is carried.
    return (total + x,), kops.concatenate([total, y])


def run():
    x = kops.reshape(kops.arange(6, dtype="float32"), (3, 2))
    y = -kops.reshape(kops.arange(3, dtype="float32"), (3, 1))
    return scan(step, (kops.zeros(2),), (x, y))


def check(results):
    (total,), outputs = results
    np.testing.assert_array_equal(kops.convert_to_numpy(total), [6, 9])
    np.testing.assert_array_equal(
        kops.convert_to_numpy(outputs), [[0, 0, 0], [0, 1, -1], [2, 4, -2]]
    )


def test_in_order():
    check(run())


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="of TensorFlow's graphs"
)
def test_in_a_graph():
    import tensorflow as tf

    traced = tf.function(run).get_concrete_function()
    assert traced.structured_outputs[1].shape == (3, 3)
    check(traced())
