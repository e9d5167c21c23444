"""RNLNet: published sizes, where attention stands, what it starts as."""

import inspect

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import TSM, RNLNet
from kvideo.applications.rnl import OPERATORS
from kvideo.applications.rnl_presets import PRESETS
from kvideo.applications.shapes_only import shapes_only
from tests.support.exports import check_exports

CLIP = (4, 32, 32, 3)
# All operators in one network.
ALL = {
    "res2_block1": "se+cbam",
    "res3_block1": "gate+rnl",
    "res4_block1": "cpa+gc",
    "res5_block1": "nl",
}
SLOW = pytest.mark.slow
ROWS = [(table, row) for table in PRESETS for row in PRESETS[table]]


def nano(**arguments):
    return RNLNet(
        **{
            "variant": "nano",
            "input_shape": CLIP,
            "classes": 4,
            **arguments,
        }
    )


def clips(batch=2):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, (batch, *CLIP)).astype("float32")


def layer(model, name):
    return model.get_layer(name)


def shake(model):
    """Weights as if trained, or most operators would be the identity."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        value = weight.numpy() + rng.normal(0, 0.1, weight.shape)
        weight.assign(np.abs(value) if "variance" in weight.path else value)
    return model


@pytest.mark.parametrize(
    ("row", "parameters", "hooks", "gmac"),
    [
        # Table 4.6, SPEC 9.4: what is trained, what the thesis' counter
        # saw of it, and what is multiplied.
        pytest.param("+ 5 SE", 24_791_248, 32.894, 32.704, marks=SLOW),
        pytest.param("+ 5 CBAM", 24_794_176, 32.906, 32.716, marks=SLOW),
        pytest.param("+ 5 GC", 24_795_349, 32.894, 32.727, marks=SLOW),
        pytest.param("+ 5 NL", 31_686_096, 49.375, 96.980, marks=SLOW),
        ("+ 5 CPA", 24_329_742, 32.890, 32.711),
        pytest.param("+ 5 [SE+CPA]", 24_793_358, 32.901, 32.711, marks=SLOW),
        pytest.param("+ 5 RNL", 28_128_720, 41.142, 89.297, marks=SLOW),
        ("+ 5 [SE+RNL]", 28_592_336, 41.154, 89.297),
    ],
)
def test_published_sizes_with_five(row, parameters, hooks, gmac):
    with shapes_only():
        model = RNLNet(**PRESETS["4.6"][row])
        counted = kvideo.count(model)
        seen = kvideo.count(model, mode="hooks")
    assert counted.trainable_params == parameters
    assert round(seen.macs / 1e9, 3) == hooks
    assert round(counted.macs / 1e9, 3) == gmac


def test_published_sizes_with_rnl_count_dense_kernels_and_masks():
    """35.48 M: 64 times each of the depthwise kernels."""
    with shapes_only():
        weights = RNLNet(attention="rnl").trainable_weights
    regions = [w for w in weights if "region/kernel" in w.path]
    assert len(regions) == 5
    kept = sum(np.prod(w.shape) for w in weights)
    added = sum(63 * np.prod(w.shape) for w in regions)
    assert kept + added == 35_483_088


@pytest.mark.parametrize(
    ("arguments", "parameters"),
    [
        # Eq. 4.13's reduction does not give the printed size.
        (
            {
                "attention": "se",
                "attention_options": {"se": {"reduction": 2}},
            },
            28_007_888,
        ),
        (PRESETS["4.8"]["R101, 8 frames"], 47_121_390),
        # One ChannelGate in front of the first of five RNL blocks.
        (PRESETS["released"]["8 frames"], 28_128_720 + 263_937),
    ],
)
def test_other_sizes(arguments, parameters):
    with shapes_only():
        counted = kvideo.count(RNLNet(**arguments))
    assert counted.trainable_params == parameters


def test_sixteen_frames_make_four_times_the_pairs():
    """191 instead of 47.8 G for the matrix products, SPEC 16."""
    with shapes_only():
        counted = kvideo.count(RNLNet(**PRESETS["4.7"]["16 frames"]))
    assert counted.macs / 1e9 == pytest.approx(2 * 89.297 + 2 * 47.8, abs=0.1)


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_rows_of_the_tables_are_arguments(table, row):
    arguments = PRESETS[table][row]
    inspect.signature(RNLNet).bind(**arguments)
    for name, options in arguments.get("attention_options", {}).items():
        assert name in arguments["attention"].split("+")
        OPERATORS[name](**options)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "row"), ROWS)
def test_rows_of_the_tables_are_built(table, row):
    with shapes_only():
        model = RNLNet(**PRESETS[table][row])
    assert model.output.shape == (None, PRESETS[table][row].get("classes", 400))


@pytest.mark.parametrize("attention", ["se+rnl", "gc+nl", "gate", "cpa"])
def test_starts_as_tsm(attention):
    """To the last digit; with CPA to the share of one in all positions."""
    model = nano(attention=attention, include_top=False)
    plain = TSM(variant="resnet_nano", input_shape=CLIP, include_top=False)
    for source in plain.layers:
        layer(model, source.name).set_weights(source.get_weights())
    found = np.asarray(model(clips(), training=False))
    expected = np.asarray(plain(clips(), training=False))
    largest = np.abs(expected).max()
    limit = 0.3 if attention == "cpa" else 1e-6
    assert np.abs(found - expected).max() / largest < limit


def test_no_attention_is_tsm():
    model, plain = nano(attention=None), TSM(variant="resnet_nano")
    names = [x.name for x in model.layers]
    assert names == [x.name for x in plain.layers]


def test_nl_takes_the_weights_of_tsm_with_non_local():
    places = ("res3_block1",)
    model = nano(attention="nl", places=places)
    twin = TSM(
        variant="resnet_nano", input_shape=CLIP, classes=4, non_local=places
    )
    assert [w.path for w in model.weights] == [w.path for w in twin.weights]
    options = ("scale", "sub_sample")
    one, other = (layer(m, "res3_block1_nonlocal") for m in (model, twin))
    assert [getattr(one, o) for o in options] == [
        getattr(other, o) for o in options
    ]


def test_channels_come_before_positions():
    model = nano()
    for place in ("res3_block1", "res4_block1"):
        channels = layer(model, f"{place}_se")
        assert layer(model, f"{place}_rnl").input is channels.output
        assert channels.input is layer(model, f"{place}_relu3").output


def test_regions_by_stage():
    def sizes(**arguments):
        model = nano(attention="rnl", **arguments)
        names = ("res3_block1_rnl", "res4_block1_rnl")
        return [layer(model, name).kernel_size for name in names]

    assert sizes() == [(3, 7, 7), (3, 3, 3)]
    assert sizes(kernel_sizes=5) == [(5, 5, 5)] * 2
    by_stage = {3: (1, 3, 3), 4: 1}
    assert sizes(kernel_sizes=by_stage) == [(1, 3, 3), (1, 1, 1)]
    options = {"rnl": {"kernel_size": (3, 5, 5)}}
    assert sizes(attention_options=options) == [(3, 5, 5)] * 2


def test_options_reach_the_layers():
    model = nano(
        attention="se+rnl",
        attention_options={
            "se": {"reduction": 4, "form": "gated"},
            "rnl": {"mode": "cosine", "region": "max"},
        },
    )
    se, rnl = (layer(model, f"res4_block1_{n}") for n in ("se", "rnl"))
    assert (se.reduction, se.form) == (4, "gated")
    assert (rnl.mode, rnl.region) == ("cosine", "max")


def test_places_of_ones_own():
    model = nano(attention=ALL)
    plain = {x.name for x in TSM(variant="resnet_nano").layers}
    added = [x.name for x in model.layers if x.name not in plain]
    assert added == [
        *("res2_block1_se", "res2_block1_cbam"),
        *("res3_block1_gate", "res3_block1_rnl"),
        *("res4_block1_cpa", "res4_block1_gc"),
        "res5_block1_nonlocal",
    ]


@pytest.mark.slow
def test_every_operator_trains_in_a_graph():
    """With a batch that is not known; three steps open what was closed."""
    x = inputs = keras.Input((2, 4, 4, 64))
    for name, operator in OPERATORS.items():
        x = operator(name=name)(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    before = [w.copy() for w in model.get_weights()]
    maps = np.random.default_rng(0).normal(size=(3, 2, 4, 4, 64))
    for _ in range(3):
        model.train_on_batch(maps, np.array([0, 1, 2]))
    stuck = {
        w.path
        for w, old, new in zip(
            model.weights, before, model.get_weights(), strict=True
        )
        if np.array_equal(old, new)
    }
    # A softmax takes a shift of all its logits out again.
    shifts = {f"cpa/level{i}/bias" for i in (1, 2, 3, 4)}
    assert stuck <= {
        *shifts,
        "gc/context/logits/bias",
        "gate/context/logits/bias",
    }


@pytest.mark.slow
def test_exports_agree(tmp_path):
    check_exports(shake(nano(attention=ALL)), tmp_path)


def test_any_length():
    model = nano(input_shape=(None, 32, 32, 3))
    assert model.output.shape == (None, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"attention": "rln"}, r"Nearest: rnl.*one after the other: 'se\+rnl'"),
        ({"attention": "rnl+rnl"}, "stands once in a place"),
        ({"attention": True}, "Unknown attention 'True'"),
        ({"attention": {"res3_block9": "se"}}, "Nearest: res3_block1"),
        ({"attention": {"stem": "se"}, "places": 5}, "says its places itself"),
        ({"places": 5}, "`places` must be 0 or a list of step names"),
        ({"attention_options": {"cpa": {}}}, "options of cpa.*'se.rnl'"),
        ({"kernel_sizes": {3: 3}}, "a size for stage 4.*{3: 3}"),
        ({"kernel_sizes": (3, 4, 4)}, "`kernel_size` must be .*odd"),
        ({"weights": "imagenet"}, "no ImageNet weights"),
        ({"variant": "resnet50"}, "Nearest: tsm_resnet50"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        nano(**arguments)
