import keras
import numpy as np
import pytest

from kvideo.layers import GroupedDecomposed, GroupedSpatialTemporal
from tests.support.contract import check_layer_contract
from tests.support.convolutions import conv_numpy

SHAPE = (2, 4, 6, 7, 8)


def clip(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def kernels(layer):
    return [np.asarray(x.kernel) for x in (layer.space, layer.space_time)]


def reference(x, kernel, strides):
    """The convolution by its definition, padded k // 2 on each side."""
    padding = tuple(k // 2 for k in kernel.shape[:3])
    return conv_numpy(x, kernel, None, strides, padding)[0]


@pytest.mark.parametrize("beta", [1, 2])
def test_contract(beta):
    layer = GroupedSpatialTemporal(2, beta, strides=(1, 2, 2))
    assert check_layer_contract(layer, clip()).shape == (2, 4, 3, 4, 8)


def test_contract_with_a_stride_over_time():
    layer = GroupedSpatialTemporal(strides=(2, 1, 1))
    out = check_layer_contract(layer, clip((2, 5, 4, 4, 4)))
    assert out.shape == (2, 3, 4, 4, 4)


@pytest.mark.parametrize(
    ("beta", "channel", "space", "space_time"),
    [(2, 0, 9, 0), (2, 3, 0, 27), (1, 0, 9, 27), (1, 3, 9, 27)],
)
def test_a_point_spreads_over_what_its_group_sees(
    beta, channel, space, space_time
):
    """Ones in every kernel, one 1 in the middle: the kernels' own shapes."""
    layer = GroupedSpatialTemporal(beta=beta)
    x = np.zeros((1, 3, 5, 5, 4), "float32")
    x[0, 1, 2, 2, channel] = 1
    layer(x)
    layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    out = np.asarray(layer(x))[0]
    # Three of four outputs are of space alone.
    for output in range(3):
        assert out[1, 1:4, 1:4, output].sum() == space
        assert out[..., output].sum() == space
    assert out[:, 1:4, 1:4, 3].sum() == out[..., 3].sum() == space_time


@pytest.mark.parametrize("strides", [(1, 1, 1), (1, 2, 2), (2, 2, 2)])
@pytest.mark.parametrize("beta", [1, 2])
def test_equals_the_definition(strides, beta):
    layer = GroupedSpatialTemporal(4, beta, strides)
    x = clip()
    out = np.asarray(layer(x))
    parts = (x[..., :4], x[..., 4:]) if beta == 2 else (x, x)
    expected = [
        reference(part, kernel, strides)
        for part, kernel in zip(parts, kernels(layer), strict=True)
    ]
    np.testing.assert_allclose(out, np.concatenate(expected, -1), atol=1e-5)


def test_halves_are_those_of_gdn_s_table_the_other_way_round():
    """alpha = beta = 2, where GDN's paper has space-time first."""
    halves = GroupedSpatialTemporal(alpha=2)
    other = GroupedDecomposed(kind="gst")
    x = clip()
    halves(x), other(x)
    other.convs["s"].set_weights(halves.space.get_weights())
    other.convs["st"].set_weights(halves.space_time.get_weights())
    out = np.asarray(other(np.roll(x, 4, axis=-1)))
    np.testing.assert_allclose(
        np.asarray(halves(x)), np.roll(out, 4, axis=-1), atol=1e-6
    )


@pytest.mark.parametrize(
    ("alpha", "beta", "quarters"),
    # (9 (alpha - 1) + 27) / (alpha beta), by hand.
    [(4, 2, 27), (4, 1, 54), (2, 2, 36), (8, 2, 22.5), (8, 1, 45)],
)
def test_weights_and_multiply_accumulates(alpha, beta, quarters):
    layer = GroupedSpatialTemporal(alpha, beta)
    shape = (None, 8, 14, 14, 64)
    layer.build(shape)
    weights = sum(kernel.size for kernel in kernels(layer))
    assert weights * 4 == quarters * 64**2
    assert layer.count_macs(shape, shape) == 8 * 14 * 14 * weights


def test_multiply_accumulates_at_a_stride():
    shape, out = (None, 8, 14, 14, 8), (None, 8, 7, 7, 8)
    layer = GroupedSpatialTemporal(strides=(1, 2, 2))
    layer.build(shape)
    assert layer.count_macs(shape, out) == 8 * 7 * 7 * 27 * 16


@pytest.mark.parametrize(("beta", "inside"), [(1, 8), (2, 4)])
def test_an_image_kernel_goes_into_space(beta, inside):
    layer = GroupedSpatialTemporal(beta=beta)
    layer.build(SHAPE)
    assert layer.image_parts() == [(layer.space, slice(0, inside), slice(0, 6))]


def test_mixed_precision_reaches_the_convolutions():
    layer = GroupedSpatialTemporal(dtype="mixed_bfloat16")
    out = layer(clip())
    assert keras.backend.standardize_dtype(out.dtype) == "bfloat16"
    assert layer.space_time.kernel.dtype == "float32"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": 1}, "integer of at least 2.*alpha=1"),
        ({"alpha": 2.5}, "integer of at least 2.*alpha=2.5"),
        ({"beta": 4}, "`beta` must be one of 1, 2"),
        ({"strides": (2, 2)}, "strides"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        GroupedSpatialTemporal(**arguments)


@pytest.mark.parametrize(
    ("alpha", "channels", "name"), [(3, 8, "alpha"), (3, 9, "beta")]
)
def test_channels_that_cannot_be_divided(alpha, channels, name):
    message = f"`{name}` must divide the channels.*{channels}\\)"
    with pytest.raises(ValueError, match=message):
        GroupedSpatialTemporal(alpha)(clip((1, 2, 4, 4, channels)))


def test_a_clip_without_a_batch_axis():
    with pytest.raises(ValueError, match="clip\\[None\\]"):
        GroupedSpatialTemporal()(clip()[0])
