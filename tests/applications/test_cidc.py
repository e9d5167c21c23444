import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.cidc import CIDC, HEADS, attach_cidc, stage_maps
from kvideo.applications.shapes_only import shapes_only
from kvideo.layers import AttentionPropagation, DirectionalTemporalConv
from tests.support.exports import check_exports

CLIP = (4, 32, 32, 3)


def nano(**arguments):
    options = {"variant": "nano", "input_shape": CLIP, "classes": 4}
    return CIDC(**{**options, **arguments})


def clips(shape=CLIP, batch=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (batch, *shape)).astype("float32")


def run(model, x):
    return np.asarray(model(x, training=False))


def kinds(model):
    return {type(layer) for layer in model.layers}


@pytest.mark.parametrize(
    ("variant", "parameters", "gmac"),
    [
        # The light head: 13.3 M above C2D's 24.33 M.
        ("c2d_resnet50", 37_625_168, 52.97),
        # Published: 85 M and 72 G.
        ("c2d_resnet50_paper_size", 83_780_944, 71.81),
        # Published: 90 M; 91 G in another counting.
        ("c2d_resnet50_nl_paper_size", 91_147_600, 174.88),
        # Published: 87 M and 92 G.
        ("i3d_resnet50_paper_size", 87_496_784, 87.74),
    ],
)
def test_size(variant, parameters, gmac):
    with shapes_only():
        model = CIDC(variant=variant, input_shape=(8, 256, 256, 3))
        counted = kvideo.count(model)
    assert counted.params == parameters
    assert round(counted.macs / 1e9, 2) == gmac


@pytest.mark.parametrize("fusion", ["time", "channels", "sum"])
def test_fusion(fusion):
    with shapes_only():
        model = nano(fusion=fusion)
        c = stage_maps(model, (5,))[0][5].shape[-1]
        shapes = {"time": (8, c), "channels": (4, 2 * c), "sum": (4, c)}
        shape = model.get_layer("fusion").output.shape
    assert (shape[1], shape[-1]) == shapes[fusion]


@pytest.mark.parametrize("head", HEADS)
def test_head(head):
    model = nano(head=head)
    has = {
        "cidc": DirectionalTemporalConv in kinds(model),
        "lstm": keras.layers.LSTM in kinds(model),
        "self_attention": keras.layers.MultiHeadAttention in kinds(model),
    }
    assert [name for name, there in has.items() if there] == [head]
    assert not kvideo.count(model).uncounted
    x = clips()
    y = run(model, x)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-5)
    # Each clip by itself.
    np.testing.assert_allclose(run(model, x[1:]), y[1:], rtol=1e-4, atol=1e-6)


def test_parts_can_be_switched_off():
    with shapes_only():
        bare = nano(stages=(5,), attention=False, units=1, directions="none")
        full = nano()
    assert AttentionPropagation not in kinds(bare)
    assert AttentionPropagation in kinds(full)
    count = sum(isinstance(x, DirectionalTemporalConv) for x in bare.layers)
    assert count == 1


def test_order_of_frames_matters_with_the_head_alone():
    """The backbone has no sense of time: only the head can tell."""
    x = clips()
    model = nano(classifier_activation=None)
    difference = np.abs(run(model, x) - run(model, x[:, ::-1])).max()
    bare = kvideo.create_model(
        "tsn_resnet_nano",
        input_shape=CLIP,
        classes=4,
        classifier_activation=None,
    )
    without = np.abs(run(bare, x) - run(bare, x[:, ::-1])).max()
    assert without < 1e-6 < 1e-4 < difference


def test_attach_keeps_the_network_and_its_weights():
    network = kvideo.create_model(
        "tsm_resnet_nano", input_shape=CLIP, classes=7
    )
    model = attach_cidc(network)
    assert model.output_shape == (None, 7)
    assert model.name == f"{network.name}_cidc"
    for layer in network.layers:
        if layer.name.startswith(("stem", "res")):
            assert model.get_layer(layer.name) is layer
    features = keras.Model(network.input, stage_maps(network, (5,))[0][5])
    inside = keras.Model(model.input, stage_maps(model, (5,))[0][5])
    x = clips()
    np.testing.assert_array_equal(run(features, x), run(inside, x))


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("x3d_nano", 0),
        ("slowfast_nano", 1),
        ("bqn_nano", 1),
        ("r3d_resnet_nano", 0),
    ],
)
def test_attach_to_other_families(name, others):
    with shapes_only():
        network = kvideo.create_model(name, classes=5)
        maps, rest = stage_maps(network, (3, 4, 5))
        model = attach_cidc(network)
    sizes = [x.shape[2] for x in maps.values()]
    assert sizes == sorted(sizes, reverse=True)
    assert len(rest) == others
    assert model.output_shape == (None, 5)
    width = maps[5].shape[-1] + sum(x.shape[-1] for x in rest)
    assert model.get_layer("logits").kernel.shape[0] == width


def test_without_top():
    with shapes_only():
        maps = nano(include_top=False)
        pooled = nano(include_top=False, pooling="avg")
    assert maps.output_shape[1] == 8
    assert pooled.output_shape == (None, maps.output_shape[-1])


def test_keras_file(tmp_path):
    model = nano()
    path = tmp_path / "model.keras"
    model.save(path)
    x = clips()
    np.testing.assert_allclose(
        run(keras.models.load_model(path), x), run(model, x), rtol=1e-6
    )


def test_weights_file(tmp_path):
    path = tmp_path / "a.weights.h5"
    model = nano()
    model.save_weights(path)
    twin = nano(weights=str(path))
    for one, other in zip(model.weights, twin.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.slow
def test_exports_agree(tmp_path):
    check_exports(nano(), tmp_path)


def test_second_step_starts_from_a_trained_backbone(tmp_path):
    path = tmp_path / "backbone.weights.h5"
    trained = kvideo.create_model(
        "tsn_resnet_nano", input_shape=CLIP, classes=4
    )
    trained.save_weights(path)
    model = nano(backbone_weights=str(path))
    np.testing.assert_array_equal(
        model.get_layer("res5_block1_conv1").kernel,
        trained.get_layer("res5_block1_conv1").kernel,
    )


@pytest.mark.slow
@pytest.mark.parametrize("head", HEADS[1:])
def test_exports_of_other_heads_agree(head, tmp_path):
    check_exports(nano(head=head), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stages": (5, 6)}, "has \\(2, 3, 4, 5\\)"),
        ({"stages": (5, 3)}, "in order"),
        ({"stages": ()}, "in order"),
        ({"head": "gru"}, "head"),
        ({"fusion": "max"}, "fusion"),
        ({"units": 1}, "2 at least"),
        ({"input_shape": (1, 32, 32, 3)}, "no order"),
        ({"variant": "resnet18"}, "resnet18"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        nano(**arguments)


def test_networks_without_stages_or_classes():
    with shapes_only():
        network = kvideo.create_model("inception_resnet_v2_nano")
        with pytest.raises(ValueError, match="none that are named"):
            attach_cidc(network)
        bare = kvideo.create_model("tsn_resnet_nano", include_top=False)
    with pytest.raises(ValueError, match="`classes` is needed"):
        attach_cidc(bare)
