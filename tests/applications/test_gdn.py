import dataclasses

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.gdn import GDN
from kvideo.applications.shapes_only import shapes_only
from kvideo.backbones import resnet, walk
from kvideo.layers import GroupedDecomposed
from kvideo.layers.grouped_decomposed import KINDS
from tests.support.exports import check_exports

CLIP = (4, 32, 32, 3)


def nano(**arguments):
    return GDN(
        **{
            "variant": "resnet_nano",
            "input_shape": CLIP,
            "classes": 4,
            **arguments,
        }
    )


def clips(shape=CLIP, batch=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (batch, *shape)).astype("float32")


def run(model, x):
    """Without compiling: most networks here run once."""
    return np.asarray(model(x, training=False))


def modules(model):
    return [x for x in model.layers if isinstance(x, GroupedDecomposed)]


@pytest.mark.parametrize(
    ("classes", "clip", "parameters", "gmac"),
    [
        # Something-Something: 17.7 M, "26", "6.6" and "52" GFLOPs.
        (174, (8, 224, 224, 3), 17_734_382, 24.68),
        (174, (8, 112, 112, 3), 17_734_382, 6.49),
        (174, (16, 224, 224, 3), 17_734_382, 49.37),
        (400, (8, 224, 224, 3), 18_197_456, 24.69),
    ],
)
def test_published_size(classes, clip, parameters, gmac):
    with shapes_only():
        counted = kvideo.count(GDN(classes=classes, input_shape=clip))
    assert counted.trainable_params == parameters
    assert round(counted.macs / 1e9, 2) == gmac


@pytest.mark.parametrize(
    ("arguments", "parameters"),
    [
        ({"r_st": 1, "r_s": 0}, 46_499_054),
        ({"r_st": 0, "r_s": 1}, 23_864_558),
        # Two halves, 27/4 + 9/4 = 9, as many as one 3x3.
        ({"kind": "gst"}, 23_864_558),
        # 12 p^2 a block, and the normalisation between: 2 p.
        ({"kind": "p3d"}, 23_864_558 + 3 * 1_257_472 + 2 * 3_776),
    ],
)
def test_sizes_of_the_limits_and_of_table_1(arguments, parameters):
    with shapes_only():
        counted = kvideo.count(GDN(classes=174, **arguments))
    assert counted.trainable_params == parameters


def plain_features(temporal_kernel, stride_on):
    """R2D (1) or R3D (3) of the nano layout, GDN's pixels and no head."""
    spec = dataclasses.replace(
        resnet.SPECS["tsn_resnet_nano"],
        middle_temporal_kernel=temporal_kernel,
        stride_on=stride_on,
    )
    inputs = keras.Input(CLIP)
    return keras.Model(inputs, walk(resnet.steps(spec), inputs))


@pytest.mark.parametrize(
    ("r_st", "r_s", "temporal_kernel", "stride_on"),
    [(1, 0, 3, "conv2"), (0, 1, 1, "conv1")],
)
def test_limits_are_r3d_and_r2d(r_st, r_s, temporal_kernel, stride_on):
    """Section 2.3: the same weights give the same features."""
    network = nano(
        include_top=False,
        include_preprocessing=False,
        stride_on=stride_on,
        r_st=r_st,
        r_s=r_s,
    )
    plain = plain_features(temporal_kernel, stride_on)
    plain.set_weights(network.get_weights())
    x = clips() / 255
    np.testing.assert_allclose(
        run(network, x),
        run(plain, x),
        rtol=1e-4,
        atol=1e-5,
    )


def test_r_s_of_one_is_tsn():
    network = nano(r_st=0, r_s=1)
    tsn = kvideo.create_model("tsn_resnet_nano", classes=4, input_shape=CLIP)
    tsn.set_weights(network.get_weights())
    np.testing.assert_allclose(
        run(network, clips()),
        run(tsn, clips()),
        atol=1e-6,
    )


def test_shares_by_stage_are_s3d():
    """Section 2.3: space alone in low stages, 3x3x3 in deep ones."""
    model = nano(r_st=(0, 0, 1, 1), r_s=(1, 1, 0, 0))
    found = [list(layer.groups) for layer in modules(model)]
    assert found == [["s"], ["s"], ["st"], ["st"]]


def test_every_block_has_the_module():
    assert len(modules(GDN(input_shape=(2, 32, 32, 3)))) == 16


@pytest.mark.parametrize("kind", KINDS)
def test_only_c2d_does_not_see_the_order_of_frames(kind):
    model = nano(kind=kind, include_top=False, pooling="avg")
    x = clips()
    forth = run(model, x)
    back = run(model, x[:, ::-1])
    difference = np.abs(forth - back).max() / np.abs(forth).max()
    assert (difference < 1e-5) == (kind == "c2d")


def test_logits_are_averaged_over_frames():
    model = nano(classifier_activation=None)
    frames = keras.Model(model.input, model.get_layer("logits").output)
    np.testing.assert_allclose(
        run(model, clips()),
        run(frames, clips()).mean(axis=1),
        atol=1e-6,
    )


def test_sixteen_frames_and_unknown_ones():
    assert nano(input_shape=(16, 32, 32, 3)).output.shape == (None, 4)
    assert nano(input_shape=(None, None, None, 3)).output.shape == (None, 4)


def test_without_the_top():
    assert nano(include_top=False).output.shape == (None, 4, 1, 1, 256)
    pooled = nano(include_top=False, pooling="max").output
    assert pooled.shape == (None, 256)


def test_imagenet_goes_into_space_and_is_inflated_into_space_time(resnet50):
    """Section 3.2, the network built twice: time is drawn anew each time."""
    source, path = resnet50
    weights = f"imagenet:{path}"
    first, second = (GDN(weights=weights, classes=5) for _ in range(2))
    layer = first.get_layer("res4_block3_conv2")
    kernel = np.asarray(source.get_layer("conv4_block3_2_conv").kernel)
    # Of 256 channels: 64 space-time, 128 space, 64 time.
    space_time = np.asarray(layer.convs["st"].kernel)
    np.testing.assert_allclose(
        space_time.sum(0), kernel[:, :, :64, :64], rtol=1e-5
    )
    np.testing.assert_array_equal(space_time[0], space_time[2])
    space = np.asarray(layer.convs["s"].kernel)[0]
    np.testing.assert_array_equal(space, kernel[:, :, 64:192, 64:192])
    twin = second.get_layer("res4_block3_conv2").convs["t"]
    time = np.asarray(layer.convs["t"].kernel)
    assert not np.array_equal(time, twin.kernel)
    # Kaiming over the fan-out: 3 taps, 64 of 256 channels.
    assert time.std() == pytest.approx((2 / (3 * 64)) ** 0.5, rel=0.05)


@pytest.mark.slow
def test_imagenet_through_c2d_gives_the_features_of_the_source(resnet50):
    source, path = resnet50
    network = GDN(
        weights=f"imagenet:{path}",
        kind="c2d",
        include_top=False,
        input_shape=(2, 64, 64, 3),
    )
    x = clips((2, 64, 64, 3), batch=1)
    frames = keras.applications.resnet.preprocess_input(x[0].copy())
    expected = source.predict(frames, verbose=0)
    found = run(network, x)[0]
    difference = np.abs(found - expected).max() / np.abs(expected).max()
    assert difference < 1e-4


@pytest.mark.slow
def test_exports_agree(tmp_path):
    check_exports(nano(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["p3d", "gst"])
def test_exports_of_other_kinds_agree(kind, tmp_path):
    check_exports(nano(kind=kind), tmp_path)


@pytest.mark.slow
def test_exports_of_resnet50_agree(tmp_path):
    check_exports(GDN(classes=174), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"r_st": 0.1}, "0.1 leaves the ST group none of 8 channels"),
        ({"r_st": 0.8, "r_s": 0.8}, "add up to 1 at most"),
        ({"r_st": (0.5, 0.5)}, "four of them for res2 to res5.*r_st"),
        ({"kind": "r2plus1d"}, "`kind` must be one of"),
        ({"stride_on": "conv3"}, "stride_on"),
        ({"weights": "imagenet"}, "no ImageNet weights"),
        ({"variant": "resnet34"}, "Nearest: resnet50"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        nano(**arguments)
