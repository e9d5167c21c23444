"""ImageNet weights in each family: which values lie where, what comes out."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo import applications
from kvideo.applications import (
    image_networks,
    imagenet,
    imagenet_table,
    transfer,
)

SMALL = {"include_top": False, "input_shape": (3, 96, 96, 3)}


def pixels(*shape):
    return np.random.default_rng(1).integers(0, 256, shape).astype("float32")


def kernel(layer):
    return np.asarray(layer.kernel)


def relative_difference(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


def test_both_pathways_of_bqn_start_from_the_same_weights(resnet50):
    source, path = resnet50
    network = applications.BQN(weights=f"imagenet:{path}", **SMALL)
    for pathway in ("busy", "quiet"):
        stem = kernel(network.get_layer(f"{pathway}_stem_conv"))[0]
        theirs = kernel(source.get_layer("conv1_conv"))
        np.testing.assert_array_equal(stem, theirs[:, :, ::-1])
        block = f"{pathway}_res4_block6"
        np.testing.assert_array_equal(
            kernel(network.get_layer(f"{block}_conv2"))[0],
            kernel(source.get_layer("conv4_block6_2_conv")),
        )
        np.testing.assert_array_equal(
            network.get_layer(f"{block}_bn3").moving_variance,
            source.get_layer("conv4_block6_3_bn").moving_variance,
        )
    for maps in network.predict(pixels(1, 3, 96, 96, 3), verbose=0):
        assert np.isfinite(maps).all() and maps.std() > 0


@pytest.mark.slow
def test_a_pathway_alone_is_the_tsm_of_these_weights(resnet50):
    weights = f"imagenet:{resnet50[1]}"
    network = applications.BQN(
        weights=weights,
        pathways="busy",
        busy_input="centre_frame",
        **SMALL,
    )
    plain = applications.TSM(
        weights=weights, include_top=False, input_shape=(1, 96, 96, 3)
    )
    clip = pixels(1, 3, 96, 96, 3)
    found = network.predict(clip, verbose=0)
    expected = plain.predict(clip[:, 1:2], verbose=0)
    assert relative_difference(found, expected) < 1e-4


@pytest.mark.slow
def test_mtconvs_without_a_second_branch_are_the_inflated_resnet(resnet50):
    _, path = resnet50
    shape = {"include_top": False, "input_shape": (8, 64, 64, 3)}
    ours, plain = (
        build(weights=f"imagenet:{path}", **shape, **options)
        for build, options in (
            (applications.MTResNet50, {"ratio": 1}),
            (applications.R3D, {}),
        )
    )
    clip = pixels(1, 8, 64, 64, 3)
    found, expected = (m.predict(clip, verbose=0) for m in (ours, plain))
    assert relative_difference(found, expected) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cidc_tsm_resnet50", "rnl_tsm_resnet50"])
def test_what_stands_behind_the_backbone_leaves_it_as_it_was(name, resnet50):
    """The kernels of the same backbone alone, all of them."""
    weights = f"imagenet:{resnet50[1]}"
    shape = {"input_shape": (4, 64, 64, 3), "include_top": False}
    network = kvideo.create_model(name, weights=weights, **shape)
    plain = applications.TSM(weights=weights, **shape)
    ours = {w.path: w for w in network.weights}
    for weight in plain.weights:
        np.testing.assert_array_equal(ours[weight.path], weight)


@pytest.mark.slow
def test_a_trained_cidc_comes_back_into_the_layout_of_keras(resnet50, tmp_path):
    arguments = {"variant": "tsm_resnet50", "input_shape": (2, 64, 64, 3)}
    network = applications.CIDC(
        weights=f"imagenet:{resnet50[1]}", classes=3, **arguments
    )
    network.save_weights(tmp_path / "a.weights.h5")
    twin = applications.CIDC(
        weights=tmp_path / "a.weights.h5",
        keras_layout=True,
        classes=3,
        **arguments,
    )
    clip = pixels(1, 2, 64, 64, 3)
    np.testing.assert_allclose(
        network.predict(clip, verbose=0), twin.predict(clip, verbose=0)
    )


@pytest.mark.parametrize(
    "name", ["bqn_tsm_resnet50", "dan_tsm_resnet50", "mt_resnet50"]
)
def test_the_papers_stride_can_be_had(name):
    """Where a block strides, told from the layers' strides."""
    shape = {"input_shape": (24, 96, 96, 3)}
    with applications.shapes_only.shapes_only():
        for stride_on, strided in (("conv1", 1), ("conv2", 3), (None, 1)):
            model = kvideo.create_model(
                name, keras_layout=True, stride_on=stride_on, **shape
            )
            prefix = "busy_" if name.startswith("bqn") else ""
            first = model.get_layer(f"{prefix}res3_block1_conv1").strides
            assert (first[1] == 1) == (strided == 3)
    with pytest.raises(ValueError, match="stride_on"):
        kvideo.create_model(name, stride_on="conv3", **shape)


@pytest.mark.parametrize(
    ("weights", "layout"),
    [
        ("imagenet", {"keras_layout": True}),
        ("imagenet:a.h5", {"keras_layout": True}),
        ("a.keras", {}),
        (None, {}),
    ],
)
def test_the_same_network_without_its_weights(weights, layout):
    """Of another size, for a count or for multigrid."""
    given = {"weights": weights, "stride_on": "conv2"}
    found = imagenet.without_weights(given)
    assert found == {"weights": None, "stride_on": "conv2", **layout}
    assert imagenet.without_weights({}) == {"weights": None}


def test_every_network_has_weights_or_a_reason():
    reasons = imagenet_table.networks_without()
    assert set(reasons) == set(image_networks.WITHOUT.values())
    named = [name for names in reasons.values() for name in names]
    with_weights = imagenet_table.networks_with()
    assert sorted(named + with_weights) == kvideo.list_models()


@pytest.mark.parametrize(
    "names",
    imagenet_table.networks_without().items(),
    ids=lambda item: item[1][0],
)
@pytest.mark.parametrize("weights", ["imagenet", "imagenet:some.h5"])
def test_a_network_without_says_why(names, weights):
    """Before it is built; one with a file says nothing of the file."""
    reason, names = names
    for name in names:
        with pytest.raises(ValueError, match="no ImageNet weights") as error:
            kvideo.create_model(name, weights=weights)
        assert reason in str(error.value)
        assert "ResNet50, ResNet101, MobileNetV2" in str(error.value)


def test_a_source_goes_to_each_backbone_that_is_there():
    start = imagenet_table.start("bqn_tsm_resnet50", pathways="quiet")
    assert start.backbones == ("quiet_",)
    start = imagenet_table.start("bqn_tsm_resnet50", lateral=None)
    assert start.backbones == ("busy_", "quiet_")
    assert start.left == ("busy_input", "logits")
    # Both of 23,561,152 with the statistics (SPEC: 23,508,032 without).
    assert start.loaded == {"copied": 2 * 23_561_152}


def test_what_is_said_to_go_in_is_what_goes_in(resnet50):
    """Of a network filled by `fill`, the weights that changed."""
    source, _ = resnet50
    network = applications.GDN(input_shape=(2, 64, 64, 3), classes=3)
    before = {w.path: keras.ops.convert_to_numpy(w) for w in network.weights}
    pairs, *_ = image_networks.SOURCES["ResNet50"]
    found = transfer.transfers(network, source, pairs)
    transfer.fill(network, source, pairs)
    changed = {
        w.path for w in network.weights if not np.array_equal(w, before[w.path])
    }
    assert changed == {one.target.path for one in found}
    left = imagenet_table.start("gdn_resnet50", classes=3)
    assert left.left == ("res*_block*_conv2/t", "logits")
    total = sum(w.shape.num_elements() for w in network.weights)
    assert left.left_numbers + sum(left.loaded.values()) == total
