"""Roles of weights: a table of all kinds of networks."""

import keras
import pytest

import kvideo
from kvideo.applications import two_stream
from kvideo.applications.roles import (
    backbones,
    batch_norms,
    classifiers,
    roles,
    stem_norms,
    stems,
)
from kvideo.applications.shapes_only import shapes_only

PLAIN = (["stem_conv"], ["stem_bn"], ["logits"])
TWO = {"bqn": ("busy_", "quiet_"), "slowfast": ("fast_", "slow_")}
OTHERS = {
    "inception": (["conv2d_1a_conv"], ["conv2d_1a_bn"], ["logits"]),
    "tesnet": (["conv2d_1a_conv"], ["conv2d_1a_bn"], ["logits"]),
    "x3d": (["stem_space"], ["stem_bn"], ["logits"]),
    "mtnet": (["stem_space"], ["stem_bn"], ["logits"]),
}
NETWORKS = [*kvideo.list_models("*nano*"), "bqn_x3d_m", "dan_x3d_xs"]
# A name for each weight that is neither kernel nor bias nor gamma nor beta,
# with what it is.
OWN_NAMES = {
    ("dan_nano", "basis"): "bias",
    ("mtnet_nano", "input_bias_0"): "bias",
    ("mtnet_nano", "state_bias_1"): "bias",
    ("mtnet_nano", "input_kernel_0"): "kernel",
    ("bqn_nano", "spatial_kernel"): "conv",
    ("bqn_nano", "temporal_kernel"): "conv",
    ("cidc_nano", "backward_kernel"): "conv",
}


def expected(name):
    """First convolutions, their normalisations, classifiers."""
    family = name.split("_")[0]
    row = OTHERS.get("x3d" if "x3d" in name else family, PLAIN)
    if family not in TWO:
        return row
    first, norms, _ = row
    heads = ["logits"]
    if name == "bqn_x3d_m":
        heads = ["busy_logits", "quiet_logits"]
    both = (
        [f"{p}{x}" for p in TWO[family] for x in one] for one in (first, norms)
    )
    return (*both, heads)


@pytest.mark.parametrize("name", NETWORKS)
def test_first_convolutions_norms_and_classifiers(name):
    with shapes_only():
        model = kvideo.create_model(name, classes=3)
        found = [
            sorted(layer.name for layer in function(model))
            for function in (stems, stem_norms, classifiers)
        ]
        given = roles(model)
        shapes = {w.path: w.shape for w in model.trainable_weights}
    first, norms, heads = expected(name)
    assert found == [first, norms, heads]
    assert set(given) == set(shapes)
    vectors = {role for path, role in given.items() if len(shapes[path]) == 1}
    assert vectors <= {"bias", "norm", "classifier_bias"}
    for role, layers in (("first_conv", first), ("classifier", heads)):
        kernels = {p for p, found in given.items() if found == role}
        assert kernels == {f"{layer}/kernel" for layer in layers}


@pytest.mark.parametrize(("place", "role"), OWN_NAMES.items())
def test_weights_with_names_of_their_own(place, role):
    name, weight = place
    with shapes_only():
        found = roles(kvideo.create_model(name, classes=3))
    given = {r for p, r in found.items() if p.rpartition("/")[2] == weight}
    assert given == {role}


def test_backbones_are_told_by_their_names():
    with shapes_only():
        assert backbones(kvideo.create_model("bqn_nano")) == ("busy_", "quiet_")
        assert backbones(kvideo.create_model("dan_nano")) == ("",)
        alone = kvideo.create_model("bqn_nano", pathways="quiet")
        assert backbones(alone) == ("quiet_",)


def test_two_networks_of_the_same_names_in_one():
    with shapes_only():
        rgb, flow = (
            kvideo.create_model(
                "tsn_resnet_nano", classes=3, input_shape=(4, 32, 32, channels)
            )
            for channels in (3, 2)
        )
        both = two_stream(rgb, flow)
        assert [layer.name for layer in stems(both)] == ["stem_conv"] * 2
        assert len(stem_norms(both)) == len(classifiers(both)) == 2


def test_a_network_whose_names_say_nothing():
    clips = keras.Input((2, 4, 4, 3))
    x = keras.layers.Dense(3, name="mixed")(clips)
    x = keras.layers.Conv3D(2, 1, name="a")(x)
    x = keras.layers.BatchNormalization(name="b")(x)
    x = keras.layers.BatchNormalization(name="c")(x)
    x = keras.layers.Conv3D(2, 1, name="d")(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    model = keras.Model(clips, keras.layers.Dense(5, name="e")(x))
    assert backbones(model) == ()
    for function, names in (
        (stems, ["a"]),
        (stem_norms, ["b"]),
        (batch_norms, ["b", "c"]),
        (classifiers, ["e"]),
    ):
        assert [layer.name for layer in function(model)] == names
    assert roles(model)["d/kernel"] == "conv"
    assert roles(model)["mixed/kernel"] == "kernel"
