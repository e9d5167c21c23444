import keras
import numpy as np
import pytest

from kvideo.layers import Conv3D, GroupedDecomposed
from kvideo.layers.grouped_decomposed import KINDS, channel_groups
from tests.support.contract import check_layer_contract
from tests.support.convolutions import conv_numpy

SHAPE = (2, 4, 6, 7, 8)


def clip(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def kernels(layer):
    return {name: np.asarray(c.kernel) for name, c in layer.convs.items()}


def reference(x, kernel, strides):
    """The convolution by its definition, padded k // 2 on each side."""
    padding = tuple(k // 2 for k in kernel.shape[:3])
    return conv_numpy(x, kernel, None, strides, padding)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_contract(kind):
    layer = GroupedDecomposed(0.5, 0.25, strides=(1, 2, 2), kind=kind)
    assert check_layer_contract(layer, clip()).shape == (2, 4, 3, 4, 8)


def test_contract_with_a_stride_over_time():
    for kind in ("gdm", "p3d"):
        layer = GroupedDecomposed(strides=(2, 1, 1), kind=kind)
        check_layer_contract(layer, clip((2, 5, 4, 4, 4)))


def test_a_point_spreads_over_what_its_group_sees():
    """Ones in every kernel, one 1 in the middle: the kernels' own shapes."""
    layer = GroupedDecomposed()
    x = np.zeros((4, 3, 5, 5, 4), "float32")
    for channel in range(4):
        x[channel, 1, 2, 2, channel] = 1
    layer(x)
    layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    out = np.asarray(layer(x))
    space_time, space, space_too, time = out
    assert space_time[:, 1:4, 1:4, 0].sum() == space_time.sum() == 27
    # The two channels of the S group mix: each answers to either.
    for seen in (space, space_too):
        assert seen[1, 1:4, 1:4, 1:3].sum() == seen.sum() == 2 * 9
    assert time[:, 2, 2, 3].tolist() == [1, 1, 1]
    assert time.sum() == 3


@pytest.mark.parametrize("strides", [(1, 1, 1), (1, 2, 2), (2, 2, 2)])
def test_equals_the_definition(strides):
    """r_st = 3/8, r_s = 1/4 of 8 channels: 3, 2 and 3."""
    layer = GroupedDecomposed(3 / 8, 1 / 4, strides)
    x = clip()
    out = np.asarray(layer(x))
    parts = {"st": x[..., :3], "s": x[..., 3:5], "t": x[..., 5:]}
    expected = [
        reference(parts[name], kernel, strides)
        for name, kernel in kernels(layer).items()
    ]
    np.testing.assert_allclose(out, np.concatenate(expected, -1), atol=1e-5)


def test_p3d_equals_the_definition():
    """Eq. 2: time, then space, with normalisation and ReLU in between."""
    layer = GroupedDecomposed(strides=(1, 2, 2), kind="p3d")
    x = clip()
    layer(x)
    rng = np.random.default_rng(1)
    layer.norm.set_weights([rng.uniform(0.5, 2, 8) for _ in range(4)])
    found = kernels(layer)
    gamma, beta, mean, variance = layer.norm.get_weights()
    y = reference(x, found["t"], (1, 1, 1))
    y = (y - mean) / np.sqrt(variance + 1e-5) * gamma + beta
    y = reference(np.maximum(y, 0), found["s"], (1, 2, 2))
    np.testing.assert_allclose(np.asarray(layer(x)), y, atol=1e-4)


def test_the_normalisation_of_p3d_learns():
    layer = GroupedDecomposed(kind="p3d")
    layer(clip(), training=True)
    assert np.abs(np.asarray(layer.norm.moving_mean)).min() > 0


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ({"r_st": 1, "r_s": 0}, (3, 3, 3)),
        ({"kind": "c3d"}, (3, 3, 3)),
        ({"r_st": 0, "r_s": 1}, (1, 3, 3)),
        ({"kind": "c2d"}, (1, 3, 3)),
        ({"r_st": 0, "r_s": 0}, (3, 1, 1)),
    ],
)
def test_limits_are_plain_convolutions(arguments, size):
    layer = GroupedDecomposed(strides=(1, 2, 2), **arguments)
    plain = Conv3D(8, size, (1, 2, 2))
    x = clip()
    layer(x), plain(x)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(
        np.asarray(layer(x)), np.asarray(plain(x)), atol=1e-6
    )


def test_gst_is_a_gdm_of_halves():
    gst, halves = GroupedDecomposed(kind="gst"), GroupedDecomposed(0.5, 0.5)
    x = clip()
    gst(x), halves(x)
    assert list(halves.groups) == ["st", "s"]
    halves.set_weights(gst.get_weights())
    np.testing.assert_allclose(
        np.asarray(gst(x)), np.asarray(halves(x)), atol=1e-6
    )


@pytest.mark.parametrize(
    ("kind", "eighths"),
    [("gdm", 33), ("c2d", 72), ("c3d", 216), ("p3d", 96), ("gst", 72)],
)
def test_weights_and_multiply_accumulates_of_table_1(kind, eighths):
    layer = GroupedDecomposed(kind=kind)
    layer.build((None, 8, 14, 14, 64))
    weights = sum(k.size for k in kernels(layer).values())
    assert weights * 8 == eighths * 64**2
    shape = (None, 8, 14, 14, 64)
    assert layer.count_macs(shape, shape) == 8 * 14 * 14 * weights


def test_multiply_accumulates_at_a_stride():
    """P3D's 3x1x1 still sees every pixel; all of a GDM is strided."""
    shape, out = (None, 8, 14, 14, 8), (None, 8, 7, 7, 8)
    layer = GroupedDecomposed(strides=(1, 2, 2))
    layer.build(shape)
    assert layer.count_macs(shape, out) == 8 * 7 * 7 * 33 * 8
    layer = GroupedDecomposed(strides=(1, 2, 2), kind="p3d")
    layer.build(shape)
    macs = 8 * 64 * (14 * 14 * 3 + 7 * 7 * 9)
    assert layer.count_macs(shape, out) == macs


@pytest.mark.parametrize(
    ("channels", "r_st", "r_s", "expected"),
    [
        (64, 1 / 4, 1 / 2, {"st": (0, 16), "s": (16, 48), "t": (48, 64)}),
        # Rounded down, the last takes the rest.
        (10, 1 / 4, 1 / 2, {"st": (0, 2), "s": (2, 7), "t": (7, 10)}),
        (5, 1 / 2, 1 / 2, {"st": (0, 2), "s": (2, 5)}),
        # 0.29 * 100 is a little below 29 in floating point.
        (100, 0.29, 0.71, {"st": (0, 29), "s": (29, 100)}),
        (6, 0, 1, {"s": (0, 6)}),
        (6, 1, 0, {"st": (0, 6)}),
        (6, 1 / 2, 0, {"st": (0, 3), "t": (3, 6)}),
    ],
)
def test_channels_of_the_groups(channels, r_st, r_s, expected):
    assert channel_groups(channels, r_st, r_s) == expected


def test_parts_of_an_image_kernel():
    """A group's own channels; time has no counterpart."""
    layer = GroupedDecomposed()
    layer.build(SHAPE)
    assert layer.image_parts() == [
        (layer.convs["st"], slice(0, 2), slice(0, 2)),
        (layer.convs["s"], slice(2, 6), slice(2, 6)),
    ]
    p3d = GroupedDecomposed(kind="p3d")
    p3d.build(SHAPE)
    assert p3d.image_parts() == [(p3d.convs["s"], slice(0, 8), slice(0, 8))]


def test_mixed_precision_reaches_the_convolutions():
    layer = GroupedDecomposed(dtype="mixed_bfloat16")
    out = layer(clip())
    assert keras.backend.standardize_dtype(out.dtype) == "bfloat16"
    assert all(c.kernel.dtype == "float32" for c in layer.convs.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"r_st": 0.7, "r_s": 0.5}, "add up to 1 at most.*r_st=0.7, r_s=0.5"),
        ({"r_st": -0.1}, "share of the channels.*r_st=-0.1"),
        ({"r_s": 1.5, "r_st": 0}, "share of the channels.*r_s=1.5"),
        ({"kind": "s3d"}, "`kind` must be one of 'gdm'"),
        ({"strides": (2, 2)}, "strides"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        GroupedDecomposed(**arguments)


@pytest.mark.parametrize(
    ("r_st", "r_s", "group"), [(0.1, 0.5, "ST"), (0.5, 0.1, "S")]
)
def test_a_share_that_leaves_no_channel(r_st, r_s, group):
    with pytest.raises(ValueError, match=f"0.1 leaves the {group} group none"):
        GroupedDecomposed(r_st, r_s)(clip())


def test_a_clip_without_a_batch_axis():
    with pytest.raises(ValueError, match="clip\\[None\\]"):
        GroupedDecomposed()(clip()[0])
