"""Recurrent cells over a sequence, with the weights of `torch.nn`.

The input's share of every step comes from one matrix product beforehand; a
known number of steps is unrolled. That is quicker on a CPU than Keras' loops,
and TFLite has no loop of unknown length in its built-in operations.
"""

import keras

from kvideo.ops.scan import scan

# Cell -> the gates side by side in its kernels, in PyTorch's order.
GATES = {
    "gru": ("reset", "update", "new"),
    "rnn": ("new",),
    "lstm": ("input", "forget", "cell", "output"),
    "lstm_peephole": ("input", "forget", "cell", "output"),
}


def recurrence(x, weights, cell):
    """The states of a recurrent cell that starts from zero.

    Args:
        x: Tensor (B, T, C). On TensorFlow, T may be unknown.
        weights: Tensors, with n gates (`GATES`) of H channels: kernel
            (C, n H) and bias (n H,) of the input, kernel (H, n H) and bias
            (n H,) of the state, and for `"lstm_peephole"` the weights (3, H)
            with which the input, forget and output gate see the cell.
        cell: A key of `GATES`.

    Returns:
        Tensor (B, T, H).
    """
    kernel, bias, *of_state = weights
    projected = keras.ops.matmul(x, kernel) + bias
    units = of_state[0].shape[0]
    state = (keras.ops.zeros_like(projected[:, 0, :units]),)
    if cell.startswith("lstm"):
        state = state * 2

    def step(state, inputs):
        state = _STEPS[cell](inputs[0], state, *of_state)
        return state, state[0]

    if x.shape[1] is None:
        _, outputs = scan(step, state, (_swap(projected),))
        return _swap(outputs)
    outputs = []
    for moment in keras.ops.unstack(projected, axis=1):
        state, output = step(state, (moment,))
        outputs.append(output)
    return keras.ops.stack(outputs, axis=1)


def _swap(x):
    return keras.ops.transpose(x, (1, 0, 2))


def _gru(x, state, kernel, bias):
    (h,) = state
    units = kernel.shape[0]
    y = keras.ops.matmul(h, kernel) + bias
    x_gates, x_new = keras.ops.split(x, [2 * units], axis=-1)
    y_gates, y_new = keras.ops.split(y, [2 * units], axis=-1)
    gates = keras.ops.sigmoid(x_gates + y_gates)
    reset, update = keras.ops.split(gates, 2, axis=-1)
    new = keras.ops.tanh(x_new + reset * y_new)
    return (new + update * (h - new),)


def _rnn(x, state, kernel, bias):
    return (keras.ops.tanh(x + keras.ops.matmul(state[0], kernel) + bias),)


def _lstm(x, state, kernel, bias, peephole=None):
    h, c = state
    y = x + keras.ops.matmul(h, kernel) + bias
    i, f, new, o = keras.ops.split(y, 4, axis=-1)
    if peephole is not None:
        i, f = i + peephole[0] * c, f + peephole[1] * c
    sigmoid, tanh = keras.ops.sigmoid, keras.ops.tanh
    c = sigmoid(f) * c + sigmoid(i) * tanh(new)
    if peephole is not None:
        o = o + peephole[2] * c
    return sigmoid(o) * tanh(c), c


_STEPS = {"gru": _gru, "rnn": _rnn, "lstm": _lstm, "lstm_peephole": _lstm}
