import keras
import numpy as np
import pytest

import kvideo
from kvideo import ops
from kvideo.applications import MTNet, MTResNet50
from kvideo.applications.shapes_only import shapes_only
from kvideo.backbones import mtnet_released
from kvideo.layers import (
    MTConv,
    SqueezeRecursion,
    TripletCosineFrameSelection,
)
from tests.support.tflite import check_tflite

CLIP = (4, 32, 32, 3)


def nano(**arguments):
    return MTNet(
        **{
            "variant": "nano",
            "input_shape": CLIP,
            "classes": 4,
            **arguments,
        }
    )


def clips(shape=CLIP, batch=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (batch, *shape)).astype("float32")


def counted(builder=MTNet, **arguments):
    with shapes_only():
        return kvideo.count(builder(**arguments))


def of_kind(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


# (variant, ratio, parameters, GMAC; printed M and G of Tables I and VI(a))
SIZES = [
    ("s", 0.875, 25_199_400, 5.68, 25.8, 5.8),
    ("m", 0.875, 25_199_400, 8.88, 25.8, 8.8),
]
MORE_SIZES = [
    ("m", 1.0, 30_062_256, 11.38, 29.7, 10.8),
    ("m", 0.75, 21_729_543, 6.90, 21.8, 6.7),
    ("m", 0.625, 19_645_689, 5.16, 19.3, 4.8),
    ("m", 0.5, 18_951_972, 3.90, 18.6, 3.6),
    ("m", 0.375, 19_647_120, 2.93, 19.2, 2.6),
    ("m", 0.25, 21_729_543, 2.39, 21.0, 2.1),
    ("l", 0.875, 52_639_747, 17.27, 50.1, 17.6),
]


def check_size(variant, ratio, parameters, gmac, printed_m, printed_g):
    """The fit of the paper's networks: 5 % of the sizes, 14 % of the cost."""
    found = counted(variant=variant, ratio=ratio)
    assert found.trainable_params == parameters
    assert round(found.macs / 1e9, 2) == gmac
    assert parameters / 1e6 == pytest.approx(printed_m, rel=0.051)
    assert gmac == pytest.approx(printed_g, rel=0.14)


@pytest.mark.parametrize("row", SIZES, ids=str)
def test_published_size(row):
    check_size(*row)


@pytest.mark.slow
@pytest.mark.parametrize("row", MORE_SIZES, ids=str)
def test_more_published_sizes(row):
    check_size(*row)


@pytest.mark.parametrize(
    ("variant", "ratio", "parameters", "gmac"),
    [
        ("released_s", 0.875, 39_981_968, 18.55),
        pytest.param(
            *("released_m", 0.875, 44_038_288, 25.31), marks=pytest.mark.slow
        ),
        pytest.param(
            *("released_l", 0.875, 88_132_752, 38.09), marks=pytest.mark.slow
        ),
        # "35.7 M" of Table II.
        ("released_m", 0.75, 35_769_808, 20.32),
        pytest.param(
            *("released_m", 0.5, 29_155_024, 13.02), marks=pytest.mark.slow
        ),
    ],
)
def test_size_as_released(variant, ratio, parameters, gmac):
    found = counted(variant=variant, ratio=ratio)
    assert found.trainable_params == parameters
    assert round(found.macs / 1e9, 2) == gmac


def test_cells_of_table_vi_b():
    """24.3, 25.8 and 26.5 M differ as one layer of RNN, GRU and LSTM do."""
    sizes = [
        counted(variant="s", cell=cell, cell_layers=1).trainable_params
        for cell in ("rnn", "gru", "lstm")
    ]
    # 2 C^2 + 2 C for each of 26 blocks.
    blocks = zip((24, 48, 96, 192), (3, 5, 11, 7), strict=True)
    one = sum(n * (2 * c * c + 2 * c) for c, n in blocks)
    assert np.diff(sizes).tolist() == [2 * one, one]
    np.testing.assert_allclose(np.diff(sizes) / 1e6, [1.5, 0.7], atol=0.06)


def test_nano_is_small():
    assert counted(variant="nano").trainable_params < 500_000


@pytest.mark.parametrize("variant", ["resnet50", "resnet_nano"])
def test_every_block_of_the_resnet_has_an_mtconv(variant):
    with shapes_only():
        model = MTResNet50(variant=variant)
        found = of_kind(model, MTConv)
    assert len(found) == {"resnet50": 16, "resnet_nano": 4}[variant]
    assert not of_kind(model, SqueezeRecursion)


def test_size_of_mt_resnet50():
    """R3D-50 less 27 p^2, plus 27 (49 + 1) p^2 / 64 + 7 p^2 / 64, a block."""
    plain = counted(kvideo.applications.R3D, variant="resnet50")
    found = counted(MTResNet50)
    squares = sum(
        n * p * p
        for n, p in zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True)
    )
    difference = (27 * 50 + 7) * squares // 64 - 27 * squares
    assert found.trainable_params == plain.trainable_params + difference
    assert found.trainable_params == 39_729_168


def test_lengths_of_the_paper_network():
    """16 frames: half after the stem, then halved in res3, res4 and res5."""
    with shapes_only():
        model = MTNet(variant="m")
        shapes = {layer.name: layer.output.shape for layer in model.layers}
    assert shapes["stem_relu"] == (None, 16, 128, 128, 24)
    assert shapes["stem_select"][1] == 8
    assert shapes["res2_block3_add"] == (None, 8, 64, 64, 24)
    assert shapes["res3_block1_mtconv"] == (None, 4, 32, 32, 72)
    assert shapes["res4_block11_add"] == (None, 2, 16, 16, 96)
    assert shapes["res5_block7_add"] == (None, 1, 8, 8, 192)
    assert shapes["conv5_relu"][-1] == 432


def test_options_reach_every_block():
    model = nano(
        ratio=0.5,
        spatial_pool="average",
        temporal_pool="symmetric",
        select="highest",
        cell="rnn",
        cell_layers=1,
    )
    convs, cells = of_kind(model, MTConv), of_kind(model, SqueezeRecursion)
    assert len(convs) == len(cells) == 5
    for layer in convs:
        assert layer.ratio == 0.5
        assert layer.spatial_pool == "average"
        assert layer.temporal_pool == "symmetric"
        assert layer.select == "highest"
    assert {layer.cell for layer in cells} == {"rnn"}
    assert {layer.num_layers for layer in cells} == {1}
    assert model.get_layer("stem_select").select == "highest"


def test_without_cells():
    assert not of_kind(nano(cell=None), SqueezeRecursion)


def test_every_weight_learns():
    """Nothing starts at 0 that the recursion would keep there."""
    keras.utils.set_random_seed(0)
    # Enough frames and positions for two of each in the last block.
    model = nano(input_shape=(8, 64, 64, 3))
    before = [weight.numpy() for weight in model.trainable_weights]
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    model.train_on_batch(clips((8, 64, 64, 3)), np.array([0, 1]))
    for old, new in zip(before, model.trainable_weights, strict=True):
        assert not np.array_equal(old, new.numpy()), new.path


@pytest.mark.parametrize("shape", [(1, 33, 31, 3), (5, 17, 40, 3)])
def test_short_clips_and_odd_sizes(shape):
    scores = np.asarray(nano(input_shape=shape)(clips(shape), training=False))
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-5)


def test_a_clip_of_one_colour():
    """All frames alike, all cosines equal, and black."""
    model = nano()
    for value in (0, 255):
        x = np.full((1, *CLIP), value, "float32")
        assert np.isfinite(model(x, training=False)).all()


def test_without_the_top():
    assert nano(include_top=False).output.shape == (None, 1, 1, 1, 108)
    assert nano(include_top=False, pooling="avg").output.shape == (None, 108)


@pytest.mark.slow
def test_tflite(tmp_path):
    model = nano()
    dense = model.get_layer("logits")
    rng = np.random.default_rng(3)
    dense.kernel.assign(rng.normal(0, 1, dense.kernel.shape))
    check_tflite(model, clips(batch=1), tmp_path)


TINY = mtnet_released.ReleasedSpec((1, 1, 1, 2), (16, 16, 24, 32))


def released(last=lambda x, name: x, shape=(8, 64, 64, 3)):
    inputs = keras.Input(shape)
    pair = mtnet_released.streams(inputs, TINY, 0.75, last)
    return keras.Model(inputs, pair)


def test_streams_of_the_released_network():
    model = released()
    short, long = model.outputs
    assert short.shape == (None, 1, 2, 2, 24)
    assert long.shape == (None, 1, 1, 1, 8)
    assert model.get_layer("res2_block1_addshort").output.shape == (
        (None, 4, 16, 16, 12)
    )
    assert model.get_layer("res2_block1_addlong").output.shape == (
        (None, 2, 8, 8, 4)
    )


def test_the_released_lateral_connection():
    """The long result and the short one resized, both through one BN."""
    model = released()
    convolution, prefix = {}, "res2_block1_conv3"
    names = ("short", "long", "lateralselect", "lateral", "longbn", "sum")
    for name in names:
        convolution[name] = model.get_layer(prefix + name)
    norm = convolution["longbn"]
    norm.beta.assign(np.arange(4.0))
    probe = keras.Model(
        model.input,
        [
            convolution[name].output
            for name in ("short", "long", "sum", "lateralselect")
        ],
    )
    short, long, total, chosen = probe(clips((8, 64, 64, 3)), training=False)
    pooled = ops.avg_pool3d(short, (1, 2, 2))
    selection = TripletCosineFrameSelection(select="highest", squared=True)
    np.testing.assert_allclose(selection(pooled), chosen, atol=1e-6)
    from_short = ops.conv3d(chosen, convolution["lateral"].kernel)
    # Moving statistics are 0 and 1 before training; the shift comes twice.
    scale = 1 / np.sqrt(1 + norm.epsilon)
    expected = scale * (np.asarray(long) + from_short) + 2 * np.arange(4)
    np.testing.assert_allclose(total, expected, atol=1e-3)


@pytest.mark.parametrize("size", [32, None])
def test_frames_too_small_for_the_released_network(size):
    with pytest.raises(ValueError, match="Give frames of at least 33x33"):
        released(shape=(8, size, 32, 3))


def test_smallest_frames_of_the_released_network():
    assert released(shape=(1, 33, 33, 3)).outputs[0].shape[2:4] == (2, 2)


def test_recursion_of_both_streams():
    names = []

    def last(x, name):
        names.append((name, x.shape[-1]))
        return x

    released(last)
    assert names[:2] == [("res2_block1_short", 12), ("res2_block1_long", 4)]
    assert len(names) == 10


def test_the_head_pools_each_stream(monkeypatch):
    row = kvideo.applications.mtnet.VARIANTS["released_s"]
    tiny = kvideo.applications.mtnet.replace(row, backbone=TINY)
    monkeypatch.setitem(kvideo.applications.mtnet.VARIANTS, "released_s", tiny)
    arguments = {
        "variant": "released_s",
        "ratio": 0.75,
        "input_shape": (8, 64, 64, 3),
    }
    model = MTNet(classes=5, **arguments)
    assert model(clips((8, 64, 64, 3)), training=False).shape == (2, 5)
    joined = model.get_layer("head_join").output
    assert joined.shape == (None, 32)
    features = MTNet(include_top=False, **arguments)
    assert features.output.shape == (None, 1, 2, 2, 32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ratio": 0}, "above 0"),
        ({"ratio": 1.5}, "ratio=1.5"),
        ({"ratio": 0.01}, "0.01 splits 18 channels into 0 and 18"),
        ({"variant": "released_m", "ratio": 1}, "below 1.*ratio=1"),
        ({"variant": "released_m", "select": "highest"}, "paper's variants"),
        ({"variant": "released"}, "Nearest: released"),
        ({"cell": "transformer"}, "`cell` must be one of"),
        ({"cell_layers": 0}, "num_layers=0"),
        ({"temporal_pool": "max"}, "`temporal_pool` must"),
        ({"input_shape": (None, 32, 32, 3)}, "known T"),
        ({"input_shape": (4, None, 32, 3)}, "must be known"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        nano(**arguments)
