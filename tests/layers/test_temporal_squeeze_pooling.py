import keras
import numpy as np
import pytest

from kvideo.layers import TSP, TemporalSqueezePooling
from kvideo.layers.temporal_squeeze_pooling import ACTIVATIONS, cosines
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite

SHAPE = (2, 6, 5, 4, 3)


def clips(shape=SHAPE, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, shape).astype("float32")


def shaken(layer, shape=SHAPE):
    """All weights at random: no bias of zeros, no basis of cosines."""
    rng = np.random.default_rng(1)
    layer.build(shape)
    for weight in layer.trainable_weights:
        weight.assign(weight + rng.normal(0, 0.5, weight.shape))
    return layer


REFERENCES = {
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
}


def reference(layer, x):
    """Eq. 3.1 to 3.5 as they are written: squeezed frames, l_proj."""
    w1, b1, w2, b2 = (np.asarray(w, "float64") for w in layer.get_weights())
    squeezed, errors = [], []
    for clip in x.astype("float64"):
        k, *frame = clip.shape
        z = clip.mean(axis=(1, 2, 3))
        inner = REFERENCES[layer.activation1](z @ w1 + b1)
        a = REFERENCES[layer.activation2](inner @ w2 + b2).reshape(k, -1)
        pixels = clip.reshape(k, -1)
        y = np.linalg.inv(a.T @ a) @ a.T @ pixels
        squeezed.append(y.reshape(-1, *frame))
        errors.append(np.linalg.norm(pixels - a @ y, axis=0).mean())
    return np.array(squeezed), np.array(errors)


def test_contract():
    arguments = {
        "frames": 2,
        "activation1": "tanh",
        "activation2": "sigmoid",
        "beta": 3.0,
    }
    check_layer_contract(TemporalSqueezePooling(**arguments), clips())
    check_layer_contract(shaken(TemporalSqueezePooling(**arguments)), clips())


# The pairs of Table 3.1.
@pytest.mark.parametrize(
    "activations",
    [
        ("sigmoid", "tanh"),
        ("tanh", "sigmoid"),
        ("sigmoid", "sigmoid"),
        ("relu", "relu"),
        ("leaky_relu", "sigmoid"),
        ("sigmoid", "leaky_relu"),
    ],
)
def test_equations_3_1_to_3_5(activations):
    layer = TemporalSqueezePooling(3, *activations, beta=7.0)
    x = clips()
    shaken(layer)
    squeezed, errors = reference(layer, x)
    np.testing.assert_allclose(layer(x), squeezed, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(layer.projection_error(x), errors, rtol=1e-4)
    (loss,) = layer.losses
    np.testing.assert_allclose(loss, 7 * errors.mean(), rtol=1e-4)


def test_every_activation_has_a_reference():
    assert set(ACTIVATIONS) == set(REFERENCES)


def test_worked_example():
    """Two frames into one, along (1, 1): the average; what is lost is half
    of the difference, once with each sign: 6 / sqrt(2) for 1 and 7."""
    layer = with_basis([[1.0], [1.0]])
    x = np.array([1.0, 7.0, 2.0, 2.0]).reshape(1, 2, 2, 1, 1)
    x = x.transpose(0, 2, 1, 3, 4)  # pixels (1, 7) and (2, 2)
    np.testing.assert_allclose(np.ravel(layer(x)), [4, 2], rtol=1e-5)
    np.testing.assert_allclose(
        layer.projection_error(x), [6 / np.sqrt(2) / 2], rtol=1e-4
    )


def with_basis(a):
    """A layer whose basis is always `a`."""
    k, d = np.shape(a)
    layer = TemporalSqueezePooling(d)
    layer.build((None, k, None, None, 1))
    layer.excite.kernel.assign(np.zeros((k, k * d)))
    layer.excite.bias.assign(np.ravel(a))
    return layer


@pytest.mark.parametrize(
    ("k", "d", "weights"), [(10, 3, 400), (64, 16, 4096 + 65_536)]
)
def test_published_weights(k, d, weights):
    layer = TSP(d)
    layer.build((None, k, 8, 8, 3))
    kernels = [w for w in layer.trainable_weights if len(w.shape) == 2]
    assert sum(np.prod(w.shape) for w in kernels) == weights
    assert layer.count_params() == weights + k + k * d


@pytest.mark.parametrize(("k", "d"), [(10, 3), (64, 16)])
def test_first_basis_is_near_the_cosines(k, d):
    layer = TemporalSqueezePooling(d, activation2="tanh")
    x = clips((4, k, 2, 2, 3))
    layer.build(x.shape)
    basis = np.asarray(layer.basis(x))
    assert np.abs(basis - np.tanh(cosines(k, d))).mean() < 0.1
    assert np.linalg.cond(basis).max() < 3


def test_cosines():
    waves = cosines(10, 4)
    np.testing.assert_allclose(waves.T @ waves, 10 * np.eye(4), atol=1e-12)
    np.testing.assert_allclose(waves[:, 0], 1)
    # One half period over ten frames, at the middle of the first and last.
    first = np.sqrt(2) * np.cos(np.pi / 20)
    np.testing.assert_allclose(waves[[0, 9], 1], [first, -first])


def test_a_still_clip_loses_nothing_and_has_gradients():
    """Residuals of length zero, on which a norm has no gradient."""
    layer = with_basis(np.ones((6, 1)))
    x = np.repeat(clips((1, 1, 5, 4, 1)), 6, axis=1)
    assert float(layer.projection_error(x)[0]) < 1e-5
    train(layer, x)
    train(layer, np.zeros_like(x))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_basis_of_dependent_columns(value):
    layer = with_basis(np.full((6, 3), value))
    assert np.isfinite(layer(clips()[..., :1])).all()
    train(layer, clips()[..., :1])


def train(layer, x):
    """Two steps; all weights stay finite."""
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, layer(inputs))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    for _ in range(2):
        loss = model.train_on_batch(
            x, np.zeros(model.compute_output_shape(x.shape))
        )
        assert np.isfinite(loss)
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_training_lowers_the_projection_error():
    """With targets that ask for nothing, the added loss alone trains."""
    keras.utils.set_random_seed(0)
    layer = TemporalSqueezePooling(2)
    inputs = keras.Input(SHAPE[1:])
    model = keras.Model(inputs, layer(inputs))
    model.compile(keras.optimizers.Adam(0.02), loss=lambda t, y: 0.0 * y)
    x = clips((8, *SHAPE[1:])) * np.linspace(0, 1, 6).reshape(6, 1, 1, 1)
    x = x.astype("float32")
    before = float(np.mean(layer.projection_error(x)))
    (loss,) = model.fit(x, x[:, :2], epochs=1, verbose=0).history["loss"]
    assert loss == pytest.approx(10 * before, rel=1e-4)
    model.fit(x, x[:, :2], epochs=30, verbose=0)
    assert float(np.mean(layer.projection_error(x))) < 0.95 * before


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_is_solved_in_float32(policy):
    full = shaken(TemporalSqueezePooling(2))
    half = TemporalSqueezePooling(2, dtype=policy)
    half.build(SHAPE)
    half.set_weights(full.get_weights())
    found = half(clips())
    assert keras.ops.dtype(found) == policy.removeprefix("mixed_")
    assert keras.ops.dtype(half.losses[0]) == "float32"
    np.testing.assert_allclose(
        np.asarray(keras.ops.cast(found, "float32")), full(clips()), atol=0.05
    )


def test_any_frame_size():
    layer = TemporalSqueezePooling(2)
    inputs = keras.Input((6, None, None, 3))
    model = keras.Model(inputs, layer(inputs))
    assert model.output.shape == (None, 2, None, None, 3)
    x = clips()
    np.testing.assert_allclose(model.predict(x, verbose=0), layer(x), atol=1e-5)


@pytest.mark.parametrize("frames", [1, 2, 4])
def test_converts_to_tflite(frames, tmp_path):
    inputs = keras.Input((8, 6, 6, 3), name="clips")
    x = shaken(TemporalSqueezePooling(frames), (None, 8, 6, 6, 3))(inputs)
    x = keras.layers.GlobalAveragePooling3D()(x)
    outputs = keras.layers.Dense(3, activation="softmax")(x)
    check_tflite(keras.Model(inputs, outputs), clips((1, 8, 6, 6, 3)), tmp_path)


def test_more_than_half_of_the_frames_warns():
    with pytest.warns(UserWarning, match="D << K"):
        TemporalSqueezePooling(4).build(SHAPE)


@pytest.mark.parametrize("shape", [(2, 3, 5, 4, 3), (2, None, 5, 4, 3)])
def test_not_fewer_frames(shape):
    with pytest.raises(ValueError, match="frames=3, input shape="):
        TemporalSqueezePooling(3).build(shape)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frames": 0}, "frames=0"),
        ({"frames": 1.5}, "frames=1.5"),
        ({"beta": -1}, "beta=-1"),
        ({"activation1": "gelu"}, "activation1='gelu'"),
        ({"activation2": None}, "activation2=None"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        TemporalSqueezePooling(**arguments)
