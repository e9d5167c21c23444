import keras
import numpy as np
import pytest

from kvideo.layers import TemporalSpatialPathway, TSPBlock
from kvideo.layers.temporal_spatial_pathway import pathway_dilations
from tests.support.contract import check_layer_contract
from tests.support.convolutions import conv_numpy

SHAPE = (2, 5, 6, 7, 8)


def draw(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def shaken(layer, shape=SHAPE):
    """The layer with all weights at random, so that no norm is the identity."""
    rng = np.random.default_rng(1)
    layer.build(shape)
    for weight in layer.weights:
        low, high = (0.5, 1.5) if "var" in weight.name else (-0.5, 0.5)
        weight.assign(rng.uniform(low, high, weight.shape))
    return layer


def normalized(x, norm):
    gamma, beta, mean, variance = norm.get_weights()
    return (x - mean) / np.sqrt(variance + norm.epsilon) * gamma + beta


def reference(layer, x):
    """Eq. 1 to 7 as they are written. Returns V and the weights."""
    features = []
    for conv, norm in zip(layer.convs, layer.norms, strict=True):
        d = conv.dilation_rate
        kernel = conv.get_weights()[0]
        u = conv_numpy(x, kernel, None, layer.strides, d, d, layer.groups)[0]
        features.append(np.maximum(normalized(u, norm), 0))
    total = sum(features)
    axes = (2, 3) if layer.fuse == "TC" else (1, 2, 3)
    s = total.mean(axes, keepdims=True)
    z = s @ layer.squeeze.get_weights()[0][0, 0, 0]
    z = np.maximum(normalized(z, layer.squeeze_norm), 0)
    z = (z @ layer.excite.get_weights()[0][0, 0, 0])[:, :, 0, 0]
    z = np.stack(np.split(z, layer.pathways, axis=-1), axis=1)
    weights = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    if layer.legacy_inplace_sum:
        features[0] = total
    parts = zip(np.moveaxis(weights, 1, 0), features, strict=True)
    return sum(a[:, :, None, None] * u for a, u in parts), weights


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("fuse", ["TC", "C"])
@pytest.mark.parametrize("strides", [1, 2, (1, 2, 2)])
def test_equations_2_to_7(fuse, strides, legacy):
    layer = shaken(
        TemporalSpatialPathway(
            4,
            fuse=fuse,
            groups=2,
            strides=strides,
            min_width=3,
            legacy_inplace_sum=legacy,
        )
    )
    outputs, weights = layer(draw(), return_attention=True)
    for ours, theirs in zip(
        (outputs, weights), reference(layer, draw()), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("fuse", ["TC", "C"])
@pytest.mark.parametrize(
    ("pathways", "dilations"),
    [(m, "O1") for m in range(2, 8)]
    + [(m, "O2") for m in (2, 3, 4, 7)]
    + [(None, [(1, 1, 1), (1, 2, 3)])],
)
def test_all_options(pathways, dilations, fuse):
    layer = shaken(
        TSPBlock(8, pathways, dilations, fuse, groups=2, min_width=2)
    )
    outputs, weights = layer(draw(), return_attention=True)
    expected, _ = reference(layer, draw())
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-4)
    m, steps = layer.pathways, SHAPE[1] if fuse == "TC" else 1
    assert weights.shape == (2, m, steps, 8)
    np.testing.assert_allclose(np.sum(weights, axis=1), 1, atol=1e-6)
    # M (27 C^2 / groups + 2 C) + C d + 2 d + M C d
    trainable = sum(np.prod(w.shape) for w in layer.trainable_weights)
    assert trainable == m * (27 * 32 + 16) + 16 + 4 + m * 16


def test_by_hand():
    """One pixel, one channel, kernels that see the centre alone.

    U_1 = x and U_2 = 3 x; Z' = (0, s ln 2) with s = 4 x, so that the weights
    are 1 / (1 + 2^s) and 2^s / (1 + 2^s).
    """
    layer = TemporalSpatialPathway(1, 2, "O1", min_width=1)
    layer.build((1, 2, 1, 1, 1))
    for conv, value in zip(layer.convs, (1, 3), strict=True):
        kernel = np.zeros((3, 3, 3, 1, 1))
        kernel[1, 1, 1] = value
        conv.set_weights([kernel])
    layer.squeeze.set_weights([np.ones((1, 1, 1, 1, 1))])
    layer.excite.set_weights([np.reshape([0, np.log(2)], (1, 1, 1, 1, 2))])
    x = np.reshape([0.25, 0.5], (1, 2, 1, 1, 1))
    outputs, weights = layer(x, return_attention=True)
    # s = 1 and 2: weights (1, 2) / 3 and (1, 4) / 5.
    expected = [[1 / 3, 1 / 5], [2 / 3, 4 / 5]]
    np.testing.assert_allclose(weights[0, :, :, 0], expected, atol=1e-4)
    expected = [0.25 * 7 / 3, 0.5 * 13 / 5]
    np.testing.assert_allclose(np.ravel(outputs), expected, atol=1e-4)


def test_legacy_adds_the_others_to_the_first():
    """A_1 U + A_2 U_2 + ... = Eq. 7 + A_1 (U - U_1)."""
    config = {"filters": 4, "groups": 2, "min_width": 3}
    paper = shaken(TemporalSpatialPathway(**config))
    legacy = shaken(TemporalSpatialPathway(**config, legacy_inplace_sum=True))
    outputs, weights = paper(draw(), return_attention=True)
    others = sum(
        keras.ops.relu(norm(conv(draw())))
        for conv, norm in zip(paper.convs[1:], paper.norms[1:], strict=True)
    )
    expected = outputs + weights[:, 0, :, None, None] * others
    np.testing.assert_allclose(legacy(draw()), expected, rtol=1e-4, atol=1e-4)


def test_contract():
    layer = TemporalSpatialPathway(
        12,
        pathways=3,
        dilations=[(1, 1, 1), (2, 1, 3), (1, 2, 2)],
        fuse="C",
        groups=4,
        strides=(1, 2, 2),
        reduction=2,
        min_width=5,
        legacy_inplace_sum=True,
    )
    assert check_layer_contract(layer, draw()).shape == (2, 5, 3, 4, 12)
    assert layer.squeeze.filters == 6
    check_layer_contract(TemporalSpatialPathway(4, 2, "O1"), draw())


def test_weights_can_be_an_output_of_a_model():
    clips = keras.Input((None, None, None, 8))
    layer = TemporalSpatialPathway(4, min_width=2, strides=2)
    outputs = layer(clips, return_attention=True)
    assert [tuple(t.shape) for t in outputs] == [
        (None, None, None, None, 4),
        (None, 4, None, 4),
    ]
    model = keras.Model(clips, outputs)
    assert [y.shape for y in model(draw())] == [(2, 3, 3, 4, 4), (2, 4, 3, 4)]


def test_time_steps_choose_for_themselves():
    """With "TC" a change in the last frame leaves earlier weights alone."""
    changed = draw()
    changed[:, -1] += 1
    dilations = [(1, 1, 1), (1, 2, 2)]
    for fuse, first_differs in (("TC", False), ("C", True)):
        layer = shaken(
            TemporalSpatialPathway(8, None, dilations, fuse, min_width=4)
        )
        before, after = (
            np.asarray(layer(x, return_attention=True)[1])
            for x in (draw(), changed)
        )
        assert (before[:, :, 0] != after[:, :, 0]).any() == first_differs
        assert (before[:, :, -1] != after[:, :, -1]).any()


def test_mixed_precision_keeps_the_softmax_in_float32():
    layer = TemporalSpatialPathway(4, min_width=2, dtype="mixed_bfloat16")
    outputs, weights = layer(draw(), return_attention=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    assert keras.backend.standardize_dtype(weights.dtype) == "float32"


def test_options_as_printed():
    assert pathway_dilations(3, "O1") == ((1, 1, 1), (2, 2, 2), (3, 3, 3))
    assert pathway_dilations() == ((1, 1, 1), (4, 4, 4), (1, 4, 4), (4, 1, 1))


def test_count():
    layer = TemporalSpatialPathway(8, groups=2, strides=2, min_width=3)
    outputs = layer.compute_output_shape(SHAPE)
    assert outputs == (2, 3, 3, 4, 8)
    convolutions = 4 * 36 * 27 * 4 * 8
    attention = 3 * (8 * 3 + 3 * 32)
    assert layer.count_macs(SHAPE, outputs) == convolutions + attention


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pathways": 5}, "defined for .2, 3, 4, 7. pathways"),
        ({"pathways": 1}, "nothing to select"),
        ({"pathways": 2.5}, "nothing to select"),
        ({"dilations": "O3"}, "'O1', 'O2'"),
        ({"pathways": 3, "dilations": [(1, 1, 1)] * 2}, "as many triples"),
        ({"dilations": [(1, 1), (2, 2)]}, "three of them"),
        ({"fuse": "T"}, "'TC', 'C'"),
        ({"groups": 3}, "`groups` must divide `filters`"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        TemporalSpatialPathway(**{"filters": 8, **arguments})


def test_bad_shapes():
    with pytest.raises(ValueError, match=r"clip\[None\]"):
        TemporalSpatialPathway(8)(draw(SHAPE[1:]))
    with pytest.raises(ValueError, match="divide the input channels"):
        TemporalSpatialPathway(9, groups=3)(draw())
    with pytest.raises(ValueError, match="Axis T is shorter"):
        TemporalSpatialPathway(8, strides=2)(draw((1, 1, 4, 4, 8)))
