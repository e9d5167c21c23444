"""A trained plain network starts one that has it inside."""

from dataclasses import replace

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import x3d
from kvideo.applications.weights import load_backbone_weights as load
from kvideo.backbones import walk
from kvideo.backbones import x3d as backbone

SMALL = {"input_shape": (4, 32, 32, 3)}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Function from a name to a network of four classes and its file."""
    folder, made = tmp_path_factory.mktemp("plain"), {}

    def make(name, suffix=".keras", **arguments):
        arguments = {**SMALL, "classes": 4, **arguments}
        if (name, suffix) not in made:
            model = kvideo.create_model(name, **arguments)
            path = folder / f"{name}{suffix}"
            saves = model.save if suffix == ".keras" else model.save_weights
            saves(path)
            made[name, suffix] = model, path
        return made[name, suffix]

    return make


def values(model):
    return {weight.path: np.asarray(weight) for weight in model.weights}


def check_taken(model, plain, left, prefix=""):
    """All that the plain network has under these names; returns how many."""
    ours, count = values(model), 0
    for path, value in values(plain).items():
        if f"{prefix}{path}" in ours and f"{prefix}{path}" not in left:
            np.testing.assert_array_equal(ours[f"{prefix}{path}"], value)
            count += 1
    return count


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
@pytest.mark.parametrize(
    ("name", "arguments", "new"),
    [
        ("dan_nano", {"input_shape": (16, 32, 32, 3)}, "dynamic_appearance"),
        ("rnl_nano", SMALL, "_rnl"),
        ("bqn_nano", {"input_shape": (12, 64, 64, 3)}, "lateral"),
    ],
)
def test_a_tsm_starts_what_stands_on_it(saved, name, arguments, new, suffix):
    plain, path = saved("tsm_resnet_nano", suffix)
    model = kvideo.create_model(name, classes=3, **arguments)
    before = values(model)
    left = load(model, path)
    assert all(x in left for x in ("logits/kernel", "logits/bias"))
    assert any(new in x for x in left)
    for path in left:
        np.testing.assert_array_equal(values(model)[path], before[path])
    prefixes = ("busy_", "quiet_") if name == "bqn_nano" else ("",)
    for prefix in prefixes:
        taken = check_taken(model, plain, left, prefix)
        assert taken == len(plain.weights) - 2
        assert not any(
            x.startswith((f"{prefix}res5_block1_conv",)) for x in left
        )


@pytest.mark.parametrize(
    ("plain", "name", "arguments", "prefix", "at_random"),
    [
        ("tsn_resnet_nano", "cidc_nano", SMALL, "", "cidc"),
        (
            "slow_only_resnet_nano",
            "slowfast_nano",
            {"input_shape": (8, 32, 32, 3)},
            "slow_",
            "fast_",
        ),
        (
            "resnext3d_nano",
            "btsnet_nano",
            {"input_shape": (8, 32, 32, 3)},
            "",
            "_tsp",
        ),
        (
            "inception_resnet_v2_nano",
            "tesnet_nano",
            {"input_shape": (8, 75, 75, 3)},
            "",
            "squeeze",
        ),
    ],
)
def test_other_backbones(saved, plain, name, arguments, prefix, at_random):
    source, path = saved(plain, input_shape=arguments["input_shape"])
    model = kvideo.create_model(name, classes=3, **arguments)
    left = load(model, path)
    taken = check_taken(model, source, left, prefix)
    assert taken > len(source.weights) / 2
    assert len(left) + taken == len(model.weights)
    assert any(at_random in x for x in left)


@pytest.mark.slow
def test_an_x3d_starts_each_pathway_and_what_is_behind_a_projection(saved):
    source, path = saved("x3d_xs", input_shape=(4, 32, 32, 3))
    for name, shape, prefixes in (
        ("dan_x3d_xs", (16, 64, 64, 3), ("",)),
        ("bqn_x3d_m", (12, 96, 96, 3), ("busy_", "quiet_")),
    ):
        model = kvideo.create_model(name, classes=3, input_shape=shape)
        left = load(model, path)
        for prefix in prefixes:
            taken = check_taken(model, source, left, prefix)
            assert taken == len(source.weights) - 2
        assert not any("head_dense" in x for x in left)


def test_kernels_of_frames_are_inflated(saved):
    """A TSN in an I3D: the stem's five frames add up to the one of the file."""
    source, path = saved("tsn_resnet_nano")
    model = kvideo.create_model("i3d_resnet_nano", classes=3, **SMALL)
    assert load(model, path) == ["logits/kernel", "logits/bias"]
    for name in ("stem_conv", "res4_block1_conv1", "res4_block1_conv2"):
        ours = np.asarray(model.get_layer(name).kernel)
        theirs = np.asarray(source.get_layer(name).kernel)
        np.testing.assert_allclose(ours.sum(0), theirs[0], rtol=1e-5)


def test_rgb_starts_optical_flow(saved):
    source, path = saved("tsm_resnet_nano")
    model = kvideo.create_model(
        "tsm_resnet_nano", classes=3, input_shape=(4, 32, 32, 2)
    )
    assert load(model, path) == ["logits/kernel", "logits/bias"]
    mean = np.asarray(source.get_layer("stem_conv").kernel).mean(axis=-2)
    for channel in range(2):
        ours = np.asarray(model.get_layer("stem_conv").kernel)[..., channel, :]
        np.testing.assert_allclose(ours, mean, rtol=1e-5)


@pytest.mark.parametrize(
    ("plain", "name"),
    [
        # Other kinds of blocks, as many of them or not.
        ("x3d_nano", "tsm_resnet_nano"),
        ("tsm_resnet_nano", "x3d_nano"),
        ("mtnet_nano", "x3d_nano"),
    ],
)
def test_another_network_is_refused_and_stays(saved, plain, name):
    _, path = saved(plain)
    model = kvideo.create_model(name, classes=3, **SMALL)
    before = values(model)
    with pytest.raises(ValueError, match="nor those of a plain network"):
        load(model, path)
    for path, value in values(model).items():
        np.testing.assert_array_equal(value, before[path])


def test_a_wider_network_is_refused(saved):
    """The same blocks; the stem and res2 alone fit, by less than half."""
    _, path = saved("x3d_nano")
    row = x3d.VARIANTS["nano"]
    wide = replace(backbone.SPECS["x3d_nano"], widths=(12, 28, 40, 64))
    model = keras.Model(
        clips := keras.Input((4, 32, 32, 3)),
        x3d.classify(walk(backbone.steps(wide), clips), row.head_width, 0, 3),
    )
    with pytest.raises(ValueError, match="nor those of a plain network"):
        load(model, path)
