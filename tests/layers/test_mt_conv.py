import itertools

import keras
import numpy as np
import pytest

from kvideo import ops
from kvideo.layers import MTConv
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite

SHAPE = (2, 4, 6, 5, 8)


def clips(shape=SHAPE, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape).astype("float32")


def shaken(layer, shape=SHAPE):
    """Normalisations that do something."""
    rng = np.random.default_rng(1)
    layer.build(shape)
    for weight in layer.weights:
        if "bn" in weight.path:
            weight.assign(weight + rng.uniform(0.1, 0.9, weight.shape))
    return layer


def parameters(layer, channels):
    layer.build((None, 4, 6, 6, channels))
    return sum(np.prod(w.shape) for w in layer.trainable_weights)


def test_contract():
    arguments = {
        "filters": 6,
        "kernel_size": (3, 1, 3),
        "ratio": 0.5,
        "strides": (1, 2, 2),
        "spatial_pool": "average",
        "select": "highest",
    }
    check_layer_contract(shaken(MTConv(**arguments)), clips())
    symmetric = MTConv(6, ratio=0.5, temporal_pool="symmetric")
    check_layer_contract(shaken(symmetric), clips())
    check_layer_contract(shaken(MTConv(6, ratio=1)), clips())


def normalized(x, norm):
    scale = norm.gamma / np.sqrt(norm.moving_variance + norm.epsilon)
    return (x - norm.moving_mean) * scale + norm.beta


def reference(layer, x):
    """Eq. 2 to 7 for unit strides, r = 1/2, soft pooling and selection."""
    own, rest = np.split(x, 2, axis=-1)
    local = normalized(
        ops.conv3d(own, layer.local.kernel, padding=1), layer.local_norm
    )
    local = np.maximum(local, 0)
    total = ops.conv3d(halved(rest), layer.prolonged.kernel, padding=1)
    total = total + ops.conv3d(halved(local), layer.lateral.kernel)
    total = np.maximum(normalized(total, layer.prolonged_norm), 0)
    prolonged = ops.resize_clip(total, x.shape[2:4], x.shape[1])
    return np.concatenate([local, prolonged], axis=-1)


def halved(x):
    """SoftPool and frame selection, in words, of 4 frames to 2 by 2x2."""
    x = np.pad(x, ((0, 0), (0, 0), (0, 0), (0, x.shape[3] % 2), (0, 0)), "edge")
    b, t, h, w, c = x.shape
    tiles = x.reshape(b, t, h // 2, 2, w // 2, 2, c)
    weights = np.exp(tiles)
    pooled = (weights * tiles).sum((3, 5)) / weights.sum((3, 5))
    return np.stack([clip[least_alike(clip)] for clip in pooled])


def least_alike(clip):
    v = clip.sum(axis=(1, 2))
    v = v / np.linalg.norm(v, axis=-1, keepdims=True)
    cosines = [a @ b for a, b in itertools.pairwise(v)]
    scores = np.add(cosines[:-1], cosines[1:])
    return np.sort(np.argsort(scores)[: len(clip) // 2]) + 1


def test_equations_1_to_7():
    layer = shaken(MTConv(6, ratio=0.5))
    x = clips()
    np.testing.assert_allclose(layer(x), reference(layer, x), atol=1e-4)


@pytest.mark.parametrize(
    ("ratio", "split"), [(0.875, (7, 1)), (0.8, (6, 2)), (0.29, (2, 6))]
)
def test_channels_of_the_branches(ratio, split):
    """Eq. 1: the local branch is rounded down."""
    layer = MTConv(8, ratio=ratio)
    layer.build(SHAPE)
    assert layer.local.kernel.shape == (3, 3, 3, split[0], split[0])
    assert layer.prolonged.kernel.shape == (3, 3, 3, split[1], split[1])
    assert layer.lateral.kernel.shape == (1, 1, 1, *split)


def test_29_of_100_channels():
    """0.29 * 100 is 28.999999999999996."""
    layer = MTConv(100, ratio=0.29)
    assert layer.local.filters == 29


def test_parameters():
    """27 (l^2 + p^2) + l p, and two normalisations; fewest at r = 1/2."""
    found = {r: parameters(MTConv(16, ratio=r), 16) for r in (0.25, 0.5, 0.75)}
    assert found[0.75] == 27 * (144 + 16) + 48 + 32
    assert found[0.5] == 27 * (64 + 64) + 64 + 32
    assert found[0.25] == found[0.75]
    assert parameters(MTConv(16, ratio=1), 16) == 27 * 256 + 32


def test_macs():
    """The prolonged branch has 2 of 4 frames, 3x3 of 6x6 positions."""
    layer = MTConv(16, ratio=0.75)
    layer.build((None, 4, 6, 6, 16))
    counted = layer.count_macs((1, 4, 6, 6, 16), (1, 4, 6, 6, 16))
    prolonged = 2 * 9 * (27 * 4 * 4 + 12 * 4)
    assert counted == 4 * 36 * 27 * 12 * 12 + prolonged


@pytest.mark.parametrize("temporal_pool", ["selection", "symmetric"])
@pytest.mark.parametrize("spatial_pool", ["soft", "average"])
@pytest.mark.parametrize("strides", [1, 2, (3, 1, 2)])
def test_every_length_and_size(strides, spatial_pool, temporal_pool):
    """Both branches come to one size, whatever is odd or short."""
    for frames, height, width in ((1, 1, 1), (2, 3, 4), (3, 5, 2), (6, 7, 7)):
        shape = (1, frames, height, width, 4)
        layer = MTConv(4, 3, 0.5, strides, spatial_pool, temporal_pool)
        y = np.asarray(layer(clips(shape)))
        assert y.shape == layer.compute_output_shape(shape)
        assert np.isfinite(y).all()


def test_pooling_of_table_vi_c():
    """Four ways to halve, four results of the same weights."""
    x = clips()
    ways = itertools.product(("soft", "average"), ("selection", "symmetric"))
    first = shaken(MTConv(6, ratio=0.5))
    results = []
    for spatial_pool, temporal_pool in ways:
        layer = MTConv(
            6,
            ratio=0.5,
            spatial_pool=spatial_pool,
            temporal_pool=temporal_pool,
        )
        layer.build(SHAPE)
        layer.set_weights(first.get_weights())
        results.append(np.asarray(layer(x)))
    for one, other in itertools.combinations(results, 2):
        np.testing.assert_array_equal(one[..., :3], other[..., :3])
        assert np.abs(one - other)[..., 3:].max() > 1e-3


def test_ratio_of_one_is_a_convolution():
    layer = shaken(MTConv(6, ratio=1))
    x = clips()
    expected = normalized(
        ops.conv3d(x, layer.local.kernel, padding=1), layer.local_norm
    )
    np.testing.assert_allclose(layer(x), np.maximum(expected, 0), atol=1e-5)
    unknown = keras.Input((None, None, None, 8))
    assert MTConv(6, ratio=1)(unknown).shape == (None, None, None, None, 6)


def test_parts_of_an_image_network():
    """Each branch between its own channels."""
    layer = MTConv(12, ratio=0.75)
    layer.build(SHAPE)
    assert layer.image_parts() == [
        (layer.local, slice(0, 6), slice(0, 9)),
        (layer.prolonged, slice(6, None), slice(9, None)),
    ]
    assert layer.image_norms() == [
        (layer.local_norm, slice(0, 9)),
        (layer.prolonged_norm, slice(9, None)),
    ]
    alone = MTConv(12, ratio=1)
    alone.build(SHAPE)
    assert len(alone.image_parts()) == len(alone.image_norms()) == 1


def test_half_precision_of_large_activations():
    layer = MTConv(4, ratio=0.5, dtype="mixed_float16")
    y = np.asarray(layer(1e3 * np.sign(clips())))
    assert y.dtype == "float16"
    assert np.isfinite(y).all()


def test_gradients_reach_all_weights():
    layer = MTConv(8, ratio=0.5)
    inputs = keras.Input(SHAPE[1:])
    model = keras.Model(inputs, layer(inputs))
    before = [w.numpy() for w in layer.trainable_weights]
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.train_on_batch(clips(), clips((2, 4, 6, 5, 8), seed=1))
    for old, new in zip(before, layer.trainable_weights, strict=True):
        assert not np.array_equal(old, new), new.path
        assert np.isfinite(new).all()


@pytest.mark.parametrize(
    "pools", [("soft", "selection"), ("average", "symmetric")]
)
def test_tflite(pools, tmp_path):
    inputs = keras.Input((4, 5, 6, 8), name="clips")
    layer = MTConv(6, 3, 0.5, (1, 2, 2), *pools)
    x = keras.layers.GlobalAveragePooling3D()(layer(inputs))
    model = keras.Model(inputs, keras.layers.Softmax()(x))
    check_tflite(model, 3 * clips((1, 4, 5, 6, 8)), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ratio": 0}, "above 0.*ratio=0"),
        ({"ratio": -0.5}, "ratio=-0.5"),
        ({"ratio": 1.01}, "at most 1.*ratio=1.01"),
        ({"ratio": 0.1}, "0.1 splits 6 channels into 0 and 6"),
        ({"spatial_pool": "max"}, "`spatial_pool` must"),
        ({"temporal_pool": "average"}, "`temporal_pool` must"),
        ({"select": "all"}, "`select` must"),
        ({"kernel_size": 2}, "odd kernel"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        MTConv(6, **arguments)


def test_unknown_sizes_and_ranks():
    with pytest.raises(ValueError, match="T, H and W must be known"):
        MTConv(6)(keras.Input((None, 6, 6, 8)))
    with pytest.raises(ValueError, match="rank 5"):
        MTConv(6)(clips((2, 6, 6, 8)))
    with pytest.raises(ValueError, match="1 channels into 0 and 1"):
        MTConv(6)(clips((1, 2, 4, 4, 1)))
