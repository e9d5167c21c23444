"""Tables and equations of section 3.5 and 3.6 of Huang's thesis."""

import warnings

import keras
import numpy as np
import pytest

import kvideo
from kvideo.layers import PWTP, PixelWiseTemporalProjection
from kvideo.layers.bottleneck_mlp import BottleneckMLP
from kvideo.layers.pixel_wise_temporal_projection import (
    initial_basis,
    temporal_relations,
)
from tests.support.contract import check_layer_contract
from tests.support.convolutions import conv_numpy

SMALL = {"kernel_size": 3, "stride": 2, "channels": 5}


def draw(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def with_basis(columns, shape, **arguments):
    """A layer whose directions are the same at each pixel: (T, D)."""
    columns = np.asarray(columns, "float32")
    columns = columns.reshape(len(columns), -1)
    layer = PWTP(*columns.shape, **SMALL, **arguments)
    layer.build(shape)
    kernel = layer.mlp.reduce.kernel
    kernel.assign(keras.ops.zeros_like(kernel))
    layer.basis.assign(columns.reshape(-1))
    return layer


def shaken(layer, shape):
    """All weights at random, so that no part is the identity."""
    rng = np.random.default_rng(1)
    layer.build(shape)
    for weight in layer.weights:
        low, high = (0.5, 1.5) if "var" in weight.name else (-0.5, 0.5)
        weight.assign(rng.uniform(low, high, weight.shape))
    return layer


def test_contract():
    layer = PixelWiseTemporalProjection(
        4, 2, 5, 2, 6, ratio=0.5, blocks=2, expansion=1, loss_weight=0.5
    )
    assert check_layer_contract(layer, draw((2, 8, 12, 10, 3))).shape == (
        (2, 2, 12, 10, 3)
    )


def test_contract_of_the_mlp():
    layer = BottleneckMLP(4, 6, ratio=0.5, blocks=2)
    check_layer_contract(layer, draw((2, 3, 4, 5, 7)))


def counted(frames=8, mode="macs", **arguments):
    with keras.StatelessScope(initialize_variables=False):
        clips = keras.Input((frames, 224, 224, 3))
        layer = PixelWiseTemporalProjection(frames, **arguments)
        found = kvideo.count(keras.Model(clips, layer(clips)), mode)
    keras.utils.clear_session()
    return found


@pytest.mark.parametrize(
    ("ratio", "blocks", "expansion", "params", "mflops"),
    [
        # Table 3.13, #1 to #7. It prints 16.9k for #1, a slip.
        (1 / 4, 1, 4, 16_644, 45.3),
        (1 / 4, 1, 1, 7_383, 38.0),
        (1 / 4, 2, 1, 7_866, 38.3),
        (1 / 4, 2, 4, 23_280, 50.2),
        (1, 1, 4, 35_544, 59.8),
        (1 / 4, 0, 4, 10_008, 40.0),
        (1 / 4, 1, 2, 9_686, 39.7),
    ],
)
def test_sizes_of_table_3_13(ratio, blocks, expansion, params, mflops):
    arguments = {"ratio": ratio, "blocks": blocks, "expansion": expansion}
    found = counted(**arguments, mode="hooks")
    assert found.trainable_params == params
    assert abs(found.macs / 1e6 / mflops - 1) < 0.01


@pytest.mark.parametrize(
    ("arguments", "params"),
    [
        ({"frames": 3}, 5_932),
        ({"frames": 4}, 6_103),
        ({"frames": 6}, 7_039),
        ({"frames": 16}, 68_332),
        ({"rank": 3}, 10_598),
    ],
)
def test_other_sizes(arguments, params):
    assert counted(**arguments).trainable_params == params


def test_cost_by_hand():
    """28 x 28 positions: convolution, pairs, MLP; each pixel projects."""
    positions = 28 * 28
    convolution = positions * 8 * 81 * 3 * 24
    pairs = positions * 28 * 24
    mlp = positions * (28 * 56 + 2 * 56 * 14 + 56 * 8)
    project = 224 * 224 * 8 * (1 + 2 * 3)
    assert counted().macs == convolution + pairs + mlp + project


@pytest.mark.parametrize(
    ("basis", "frames", "mean", "square"),
    [
        # Residuals (-4/3, -1/3, 5/3) and (-.2143, -.4286, .3571).
        ([1, 1, 1], [1, 2, 4], 0, 42 / 9),
        ([1, 2, 3], [1, 2, 4], -0.09524, 0.35714),
        ([-2, -4, -6], [1, 2, 4], -0.09524, 0.35714),
    ],
)
def test_one_direction_by_hand(basis, frames, mean, square):
    shape = (1, 3, 4, 5, 1)
    layer = with_basis(basis, shape, loss_weight=0.5)
    x = np.broadcast_to(np.reshape(frames, (1, 3, 1, 1, 1)), shape)
    image = layer(np.array(x, "float32"))
    np.testing.assert_allclose(image, np.full((1, 1, 4, 5, 1), mean), atol=1e-4)
    np.testing.assert_allclose(layer.losses, [0.5 * square], rtol=1e-4)


def test_relations_by_hand():
    x = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], "float32")
    found = temporal_relations(x.reshape(1, 4, 1, 1, 2))
    expected = np.array([11, 17, 23, 39, 53, 83]) / 2
    np.testing.assert_allclose(np.ravel(found), expected)


def test_directions_by_equations():
    """Eq. 3.8 to 3.10, in NumPy; at stride 1 nothing is resized."""
    x = draw((2, 4, 6, 7, 3))
    layer = shaken(PWTP(4, 2, 3, 1, 5), x.shape)
    kernel, bias = layer.aggregate.get_weights()
    s = conv_numpy(x, kernel, None, padding=(0, 1, 1))[0] + bias
    pairs = [(a, b) for a in range(4) for b in range(a + 1, 4)]
    u = np.stack([(s[:, a] * s[:, b]).mean(-1) for a, b in pairs], -1)
    mlp = layer.mlp
    h = gelu(full(u, mlp.expand))
    inside = gelu(full(normalized(h, mlp.norms[0]), mlp.downs[0]))
    h = h + gelu(full(inside, mlp.ups[0]))
    expected = h @ mlp.reduce.get_weights()[0][0, 0, 0]
    expected += layer.basis.numpy()
    np.testing.assert_allclose(
        layer.directions(x), expected.reshape(2, 6, 7, 4, 2), atol=1e-4
    )


def full(x, layer):
    kernel, bias = layer.get_weights()
    return x @ kernel[0, 0, 0] + bias


def normalized(x, norm):
    gamma, beta, mean, variance = norm.get_weights()
    return (x - mean) / np.sqrt(variance + norm.epsilon) * gamma + beta


def gelu(x):
    torch = pytest.importorskip("torch")
    return torch.nn.functional.gelu(torch.tensor(x)).numpy()


def test_directions_grow_bilinearly():
    torch = pytest.importorskip("torch")
    x = draw((1, 4, 8, 12, 3))
    layer = shaken(PWTP(4, 1, 3, 4, 5), x.shape)
    coarse = shaken(PWTP(4, 1, 3, 4, 5), x.shape)
    relations = temporal_relations(coarse.aggregate(x))
    a = coarse.mlp(relations[:, None]) + coarse.basis
    a = np.moveaxis(np.array(a)[:, 0], -1, 1)
    large = torch.nn.functional.interpolate(
        torch.tensor(a), (8, 12), mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(
        np.array(layer.directions(x))[..., 0],
        np.moveaxis(large.numpy(), 1, -1),
        atol=1e-5,
    )


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_residual_is_orthogonal_to_the_directions(rank):
    x = draw((2, 12, 8, 8, 3))
    layer = shaken(PWTP(6, rank, **SMALL), x.shape)
    residual = np.array(layer.residual(x))
    products = np.einsum(
        "bhwtd,bthwc->bhwdc", np.array(layer.directions(x)), residual
    )
    assert np.abs(products).max() < 1e-3
    assert np.abs(residual).max() > 0.1


@pytest.mark.parametrize("columns", [np.ones((4, 2)), np.zeros((4, 1))])
def test_dependent_directions_give_numbers(columns):
    import tensorflow as tf

    shape = (2, 4, 6, 6, 3)
    layer = with_basis(columns, shape)
    with tf.GradientTape() as tape:
        image = layer(draw(shape))
        loss = layer.losses[0] + tf.reduce_sum(image)
    gradients = tape.gradient(loss, layer.trainable_weights)
    assert np.isfinite(image).all()
    assert all(np.isfinite(g).all() for g in gradients)


@pytest.mark.parametrize(("frames", "rank"), [(4, 1), (8, 1), (8, 3), (3, 1)])
def test_a_still_clip_is_nearly_gone_from_the_start(frames, rank):
    still = np.repeat(draw((2, 1, 16, 16, 3)), frames, axis=1)
    image = np.array(PWTP(frames, rank)(still))
    assert np.abs(image).max() < 0.05 * np.abs(still).max()


@pytest.mark.parametrize(("frames", "rank"), [(4, 1), (8, 3), (3, 2)])
def test_first_directions_keep_a_mean_for_the_classifier(frames, rank):
    basis = initial_basis(frames, rank)
    assert np.linalg.matrix_rank(basis) == rank
    assert np.linalg.matrix_rank(np.c_[basis, np.ones(frames)]) == rank + 1


def test_segments_do_not_see_each_other():
    x = draw((1, 8, 8, 8, 3))
    layer = shaken(PWTP(4, **SMALL), x.shape)
    both = np.array(layer(x))
    alone = layer(x[:, 4:])
    np.testing.assert_allclose(both[:, 1:], alone, atol=1e-5)


def test_every_weight_learns():
    import tensorflow as tf

    x = draw((2, 4, 8, 8, 3))
    layer = shaken(PWTP(4, **SMALL), x.shape)
    with tf.GradientTape() as tape:
        layer(x, training=True)
        loss = layer.losses[0]
    gradients = tape.gradient(loss, layer.trainable_weights)
    assert all(np.abs(g).max() > 0 for g in gradients)


def test_without_loss():
    layer = PWTP(4, **SMALL, loss_weight=0)
    layer(draw((1, 4, 8, 8, 3)))
    assert layer.losses == []


def test_projects_in_float32_at_half_precision():
    """A small change of bright frames must not be rounded away."""
    shape = (1, 4, 8, 8, 3)
    basis = [1, 1.25, 1, 0.75]
    still = np.full(shape, 100.0, "float32")
    still *= np.reshape(basis, (1, 4, 1, 1, 1))
    change = 0.1 * draw(shape)
    layer = with_basis(basis, shape, dtype="mixed_float16")
    exact = with_basis(basis, shape)
    found = layer(still + change)
    assert found.dtype == "float16"
    np.testing.assert_allclose(found, exact(still + change), atol=1e-3)
    assert layer.losses[0].dtype == "float32"


def test_unknown_sizes():
    shape = (None, None, None, None, 3)
    assert PWTP().compute_output_shape(shape) == shape


@pytest.mark.parametrize("frames", [6, 0, None])
def test_clip_of_no_whole_segments(frames):
    with pytest.raises(ValueError, match="S segments of T=4"):
        PWTP(4).build((1, frames, 32, 32, 3))


@pytest.mark.parametrize("size", [8, None])
def test_frames_smaller_than_the_kernel(size):
    with pytest.raises(ValueError, match="at least `kernel_size`=9"):
        PWTP(4).build((1, 8, 32, size, 3))


def test_as_many_directions_as_frames():
    with pytest.raises(ValueError, match="leave no residual"):
        PWTP(4, 4)


def test_many_directions_warn():
    with pytest.warns(UserWarning, match=r"more than half of `frames`"):
        PWTP(8, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PWTP(8, 4)


@pytest.mark.parametrize(
    "argument",
    [
        {"frames": 0},
        {"rank": 0},
        {"kernel_size": 4},
        {"stride": 1.5},
        {"channels": 0},
        {"blocks": -1},
        {"ratio": 0},
        {"expansion": -1},
        {"loss_weight": -1},
    ],
)
def test_arguments_out_of_range(argument):
    with pytest.raises(ValueError, match=next(iter(argument))):
        PWTP(**argument)
