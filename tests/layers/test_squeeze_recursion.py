"""Squeeze and recursion beside PyTorch's cells, and by hand."""

import keras
import numpy as np
import pytest
import torch

import kvideo
from kvideo.layers import SqueezeRecursion
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite

SHAPE = (3, 4, 2, 3, 5)
CELLS = ("gru", "rnn", "lstm", "lstm_peephole")
TORCH = {"gru": torch.nn.GRU, "rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}
GATES = {"gru": 3, "rnn": 1, "lstm": 4}


def clip(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def built(cell, num_layers=2, shape=SHAPE, scale=0.7):
    """A layer whose weights are large enough to saturate some gates."""
    layer = SqueezeRecursion(cell, num_layers)
    layer.build(shape)
    rng = np.random.default_rng(1)
    for weight in layer.weights:
        weight.assign(rng.normal(0, scale, weight.shape))
    return layer


def torch_twin(layer, channels=5):
    twin = TORCH[layer.cell](
        channels, channels, layer.num_layers, batch_first=True
    )
    named = {w.name: torch.tensor(w.numpy()) for w in layer.weights}
    state = {}
    for n in range(layer.num_layers):
        state[f"weight_ih_l{n}"] = named[f"input_kernel_{n}"].T
        state[f"weight_hh_l{n}"] = named[f"state_kernel_{n}"].T
        state[f"bias_ih_l{n}"] = named[f"input_bias_{n}"]
        state[f"bias_hh_l{n}"] = named[f"state_bias_{n}"]
    twin.load_state_dict(state)
    return twin


@pytest.mark.parametrize("cell", CELLS)
def test_contract(cell):
    check_layer_contract(SqueezeRecursion(cell, 1), clip())


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("cell", sorted(TORCH))
def test_same_as_pytorch(cell, num_layers):
    layer = built(cell, num_layers)
    x = clip()
    with torch.no_grad():
        states, _ = torch_twin(layer)(torch.tensor(x.mean(axis=(2, 3))))
    expected = x * states.numpy()[:, :, None, None]
    np.testing.assert_allclose(layer(x), expected, atol=2e-6)


@pytest.mark.parametrize("cell", sorted(TORCH))
def test_same_gradients_as_pytorch(cell):
    import tensorflow as tf

    layer = built(cell)
    x = clip()
    with tf.GradientTape() as tape:
        loss = keras.ops.sum(layer(x) ** 2)
    found = tape.gradient(loss, [w.value for w in layer.weights])
    twin = torch_twin(layer)
    clips = torch.tensor(x)
    states, _ = twin(clips.mean(dim=(2, 3)))
    ((clips * states[:, :, None, None]) ** 2).sum().backward()
    expected = dict(twin.named_parameters())
    names = {
        "input_kernel": "weight_ih",
        "state_kernel": "weight_hh",
        "input_bias": "bias_ih",
        "state_bias": "bias_hh",
    }
    for weight, gradient in zip(layer.weights, found, strict=True):
        name, n = weight.name.rsplit("_", 1)
        gradient_there = expected[f"{names[name]}_l{n}"].grad.numpy()
        np.testing.assert_allclose(
            gradient, gradient_there.T, rtol=1e-4, atol=1e-5
        )


def peephole_lstm(x, weights):
    """Gers and Schmidhuber's cell, one clip and one channel at a time."""
    kernel, bias, state_kernel, state_bias, peephole = weights
    frames, channels = x.shape
    h, c, states = np.zeros(channels), np.zeros(channels), []
    for t in range(frames):
        y = x[t] @ kernel + bias + h @ state_kernel + state_bias
        new_h, new_c = np.zeros(channels), np.zeros(channels)
        for k in range(channels):
            i, f, g, o = y[k::channels]
            i = sigmoid(i + peephole[0, k] * c[k])
            f = sigmoid(f + peephole[1, k] * c[k])
            new_c[k] = f * c[k] + i * np.tanh(g)
            o = sigmoid(o + peephole[2, k] * new_c[k])
            new_h[k] = o * np.tanh(new_c[k])
        h, c = new_h, new_c
        states.append(h)
    return np.array(states)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_peephole_cell_by_hand():
    layer = built("lstm_peephole", 2)
    x = clip()
    first, second = np.split(np.array(layer.get_weights(), dtype=object), 2)
    for b in range(len(x)):
        states = peephole_lstm(x[b].mean(axis=(1, 2)), first)
        states = peephole_lstm(states, second)
        np.testing.assert_allclose(layer.excitation(x)[b], states, atol=2e-6)


def test_peepholes_of_zero_are_the_plain_cell():
    layer, plain = built("lstm_peephole", 1), built("lstm", 1)
    *weights, peephole = layer.get_weights()
    layer.set_weights([*weights, np.zeros_like(peephole)])
    plain.set_weights(weights)
    np.testing.assert_allclose(layer(clip()), plain(clip()), atol=1e-6)


def test_one_step_by_hand():
    """Eq. 8 to 11 for one channel, one frame, from state 0."""
    layer = SqueezeRecursion("gru", 1)
    x = np.array([1.0, 3.0], "float32").reshape(1, 1, 1, 2, 1)
    layer.build(x.shape)
    layer.set_weights(
        [
            np.array([[0.5, -0.25, 1.0]]),
            np.array([0.1, 0.2, -1.5]),
            np.full((1, 3), 9.0),
            np.array([0.0, 0.3, 2.0]),
        ]
    )
    reset = sigmoid(0.5 * 2 + 0.1)
    update = sigmoid(-0.25 * 2 + 0.2 + 0.3)
    new = np.tanh(2 - 1.5 + reset * 2.0)
    expected = (1 - update) * new * x
    np.testing.assert_allclose(layer(x), expected, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_no_frame_sees_a_later_one(cell):
    layer, x = built(cell), clip()
    changed = x.copy()
    changed[:, 2] += 1
    same = np.isclose(layer(x), layer(changed), atol=1e-6).all((0, 2, 3, 4))
    np.testing.assert_array_equal(same, [True, True, False, False])


@pytest.mark.parametrize(
    ("cell", "parameters"),
    [("gru", 360), ("rnn", 120), ("lstm", 480), ("lstm_peephole", 510)],
)
def test_parameters_and_macs(cell, parameters):
    """Two layers of 2 n C (C + 1), here C = 5; peepholes 3 C."""
    layer = built(cell)
    assert layer.count_params() == parameters
    clips = keras.Input(SHAPE[1:])
    macs = kvideo.count(keras.Model(clips, layer(clips))).macs
    assert macs == 4 * 100 * (parameters // 120)


def test_share_of_table_vi_b():
    """One layer in every block of X3D-M: the table's differences."""

    def share(cell):
        blocks = zip((24, 48, 96, 192), (3, 5, 11, 7), strict=True)
        layers = [(built(cell, 1, (1, 1, 1, 1, c)), n) for c, n in blocks]
        return sum(n * layer.count_params() for layer, n in layers) / 1e6

    gru = share("gru")
    assert gru == pytest.approx(2.25, abs=0.01)
    assert gru - share("rnn") == pytest.approx(25.8 - 24.3, abs=0.01)
    assert share("lstm") - gru == pytest.approx(26.5 - 25.8, abs=0.06)


@pytest.mark.parametrize("cell", ["gru", "lstm_peephole"])
def test_tflite_has_built_in_operations_only(cell, tmp_path):
    clips = keras.Input((4, 2, 3, 5))
    x = SqueezeRecursion(cell)(clips)
    x = keras.layers.GlobalAveragePooling3D()(x)
    x = keras.layers.Dense(3, activation="softmax")(x)
    model = keras.Model(clips, x)
    operations = check_tflite(model, clip((1, 4, 2, 3, 5)), tmp_path)
    assert "WHILE" not in operations


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="no unknown sizes there"
)
@pytest.mark.parametrize("cell", ["gru", "lstm_peephole"])
def test_unknown_number_of_frames(cell):
    import tensorflow as tf

    layer = built(cell)
    spec = tf.TensorSpec((None, None, None, None, 5))
    function = tf.function(layer.__call__, input_signature=[spec])
    for frames in (1, 6):
        x = clip((2, frames, 2, 3, 5))
        np.testing.assert_allclose(function(x), layer(x), atol=1e-6)


def test_half_precision():
    layer = SqueezeRecursion("gru", dtype="mixed_float16")
    x = clip()
    found = layer(x)
    assert found.dtype == "float16"
    twin = SqueezeRecursion("gru")
    twin.build(SHAPE)
    twin.set_weights(layer.get_weights())
    np.testing.assert_allclose(found, twin(x), atol=5e-3)


def test_bad_arguments():
    with pytest.raises(ValueError, match="cell='glu'"):
        SqueezeRecursion("glu")
    with pytest.raises(ValueError, match="num_layers=0"):
        SqueezeRecursion(num_layers=0)
