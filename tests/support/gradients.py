"""The same gradient call on the three backends."""

import keras
import numpy as np


def value_and_gradients(function, dy, *inputs):
    """`function(*inputs)` and the gradients of `sum(dy * function(...))`."""
    backends = {
        "tensorflow": _tensorflow,
        "jax": _jax,
        "torch": _torch,
    }
    results = backends[keras.backend.backend()](function, dy, inputs)
    return [keras.ops.convert_to_numpy(result) for result in results]


def assert_all_close(got, expected, tolerance=1e-5):
    """Largest difference, relative to the largest value, for each pair."""
    for one, other in zip(got, expected, strict=True):
        assert one.shape == other.shape
        scale = max(1.0, np.max(np.abs(other)))
        assert np.max(np.abs(one - other)) <= tolerance * scale


def _tensorflow(function, dy, inputs):
    import tensorflow as tf

    inputs = [tf.constant(x) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = function(*inputs)
    return [y, *tape.gradient(y, inputs, output_gradients=tf.constant(dy))]


def _jax(function, dy, inputs):
    import jax

    @jax.jit  # one compilation instead of one for each operation
    def run(dy, inputs):
        y, pull_back = jax.vjp(function, *inputs)
        return [y, *pull_back(dy)]

    return run(dy, inputs)


def _torch(function, dy, inputs):
    import torch

    inputs = [torch.tensor(x, requires_grad=True) for x in inputs]
    y = function(*inputs)
    return [y, *torch.autograd.grad(y, inputs, torch.tensor(dy))]
