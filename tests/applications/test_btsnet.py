import numpy as np
import pytest

import kvideo
from kvideo.applications import BTSNet
from kvideo.applications.btsnet import VARIANTS
from kvideo.applications.shapes_only import shapes_only
from kvideo.export import Card, card_path, export_saved_model, load_artefact
from kvideo.layers import TemporalSpatialPathway
from tests.support.tflite import check_tflite

# Trainable parameters with 101 classes, what Table 1 prints (M), and GMAC for
# a clip of 30x112x112.
TABLE_1 = {
    "26_c16": (10_224_229, 10.2, 16.28),
    "50_c16": (17_419_941, 17.4, 18.59),
    "101_c16": (34_628_837, 34.6, 21.82),
    "26_c32": (17_300_837, 17.3, 19.41),
    "50_c32": (31_676_965, 31.7, 24.03),
    "101_c32": (66_058_853, 66.1, 30.48),
}
OTHER_M = {
    ("26_c32", 2): 16_017_765,
    ("26_c32", 3): 16_659_301,
    ("26_c32", 7): 19_225_445,
    ("50_c32", 2): 28_192_805,
    ("50_c32", 3): 29_934_885,
    ("50_c32", 7): 36_903_205,
}


def nano(**arguments):
    settings = {"variant": "nano", "input_shape": (8, 32, 32, 3), "classes": 3}
    return BTSNet(**{**settings, **arguments})


def clips(model, seed=0, batch=2):
    rng = np.random.default_rng(seed)
    shape = (batch, *model.input_shape[1:])
    return rng.uniform(0, 255, shape).astype("float32")


@pytest.mark.parametrize("variant", TABLE_1)
def test_table_1(variant):
    parameters, printed, gmac = TABLE_1[variant]
    with shapes_only():
        counted = kvideo.count(BTSNet(variant=variant, classes=101))
    assert counted.trainable_params == parameters
    assert round(parameters / 1e6, 1) == printed
    assert round(counted.macs / 1e9, 2) == gmac


@pytest.mark.parametrize(
    ("variant", "pathways"),
    [
        pytest.param(*key, marks=pytest.mark.slow if "50" in key[0] else ())
        for key in OTHER_M
    ],
)
def test_other_numbers_of_pathways(variant, pathways):
    model = BTSNet(variant=variant, classes=101, pathways=pathways)
    counted = kvideo.count(model).trainable_params
    assert counted == OTHER_M[variant, pathways]


def test_options_and_fusion_do_not_change_the_size():
    sizes = {
        kvideo.count(nano(**arguments)).trainable_params
        for arguments in (
            {},
            {"dilations": "O1"},
            {"fuse": "C"},
            {"legacy_inplace_sum": True},
            {"dilations": [(1, 1, 1), (2, 1, 1), (3, 1, 1), (1, 2, 2)]},
        )
    }
    assert len(sizes) == 1


def test_arguments_reach_every_block():
    options = {
        "pathways": 3,
        "dilations": "O1",
        "fuse": "C",
        "legacy_inplace_sum": True,
    }
    blocks = [
        layer
        for layer in nano(**options).layers
        if isinstance(layer, TemporalSpatialPathway)
    ]
    names = [f"res{stage}_block1_tsp" for stage in (2, 3, 4)]
    assert [block.name for block in blocks] == names
    for block in blocks:
        config = block.get_config()
        assert {name: config[name] for name in options} == options


def test_feature_maps_halve_as_the_paper_says():
    model = BTSNet(include_top=False)
    shapes = {
        name: tuple(model.get_layer(name).output.shape[1:])
        for name in (
            "stem_relu",
            "stem_pool",
            "res2_block2_relu3",
            "res3_block2_relu3",
            "res4_block2_relu3",
            "res5_block2_relu3",
        )
    }
    assert shapes == {
        "stem_relu": (30, 56, 56, 128),
        "stem_pool": (15, 28, 28, 128),
        "res2_block2_relu3": (15, 28, 28, 256),
        "res3_block2_relu3": (8, 14, 14, 512),
        "res4_block2_relu3": (4, 7, 7, 1024),
        "res5_block2_relu3": (2, 4, 4, 2048),
    }


def test_names():
    names = [f"btsnet{variant}" for variant in TABLE_1]
    assert kvideo.list_models("btsnet*") == sorted([*names, "btsnet_nano"])
    assert kvideo.model_info("btsnet").name == "btsnet26_c32"
    assert nano().name == "btsnet_nano"


def test_pixels_are_normalised_as_in_the_code():
    inside, outside = nano(), nano(include_preprocessing=False)
    outside.set_weights(inside.get_weights())
    mean, std = (0.4345, 0.4051, 0.3775), (0.2768, 0.2713, 0.2737)
    x = clips(inside)
    np.testing.assert_allclose(
        inside(x), outside((x / 255 - mean) / std), atol=1e-5
    )


def test_unknown_clip_length_and_size():
    model = nano(input_shape=(None, None, None, 3))
    for shape in [(1, 4, 32, 48, 3), (2, 7, 40, 32, 3)]:
        assert model.predict(np.zeros(shape), verbose=0).shape == (shape[0], 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"variant": "26_c64"}, "Nearest: 26_c16|Nearest: 26_c32"),
        ({"pathways": 5}, "defined for"),
        ({"fuse": "T"}, "'TC', 'C'"),
        ({"input_shape": (2, 32, 32, 3)}, "to 4 over frames.*at least 3"),
        ({"input_shape": (8, 32, 16, 3)}, "over columns.*at least 17"),
        (
            {"variant": "26_c16", "input_shape": (8, 112, 112, 3)},
            "multiply to 16 over frames, so a clip needs at least 9",
        ),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        nano(**arguments)


def check_exports(model, folder):
    """Both exports give what the network gives; TFLite has built-ins only."""
    logits = model.get_layer("logits")
    kernel, bias = logits.get_weights()
    # A random network says 1/3 to everything, and then all would agree.
    logits.set_weights([100 * kernel, bias])
    x = clips(model, batch=1)
    assert "CONV_3D" not in check_tflite(model, x, folder)
    path = folder / "saved_model"
    card = Card.load(card_path(folder / "model.tflite"))
    export_saved_model(model, path, card)
    np.testing.assert_allclose(
        load_artefact(path).predict(x), model.predict(x, verbose=0), atol=1e-4
    )


@pytest.mark.slow
def test_exports_agree(tmp_path):
    check_exports(nano(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("variant", sorted(set(VARIANTS) - {"nano"}))
def test_large_exports_agree(variant, tmp_path):
    model = BTSNet(variant=variant, input_shape=(16, 64, 64, 3), classes=3)
    check_exports(model, tmp_path)
