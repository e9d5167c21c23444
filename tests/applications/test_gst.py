import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import GST
from kvideo.applications.shapes_only import shapes_only
from kvideo.layers import GroupedSpatialTemporal

CLIP = (4, 32, 32, 3)


def nano(**arguments):
    settings = {"variant": "resnet_nano", "input_shape": CLIP, "classes": 4}
    return GST(**{**settings, **arguments})


def clips(shape=CLIP, batch=2):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 255, (batch, *shape)).astype("float32")


def run(model, x):
    return np.asarray(model(x, training=False))


def modules(model):
    return [x for x in model.layers if isinstance(x, GroupedSpatialTemporal)]


# The squares p^2 of the channels of all blocks of a ResNet-50, and the
# positions times these, which are as many in each of the 16 blocks.
SQUARES, POSITIONS = 1_257_472, 16 * 56 * 56 * 64 * 64


@pytest.fixture(scope="module")
def plain():
    """A ResNet-50 on frames, whose middle convolutions have 9 p^2."""
    with shapes_only():
        return kvideo.count(kvideo.create_model("tsn_resnet50", classes=174))


@pytest.mark.parametrize(
    ("arguments", "per_square", "parameters"),
    [
        ({}, 27 / 4, 21_035_246),
        ({"variant": "resnet50_large"}, 27 / 2, 29_523_182),
        ({"beta": 1}, 27 / 2, 29_523_182),
        ({"alpha": 2}, 9, 23_864_558),
        ({"alpha": 8}, 45 / 8, 19_620_590),
    ],
)
def test_sizes(arguments, per_square, parameters, plain):
    """(9 (alpha - 1) + 27) / (alpha beta) p^2 where ResNet has 9 p^2."""
    with shapes_only():
        counted = kvideo.count(GST(classes=174, **arguments))
    more = per_square - 9
    assert counted.trainable_params == parameters
    assert parameters == plain.trainable_params + more * SQUARES
    assert counted.macs == plain.macs + more * 8 * POSITIONS


def test_every_block_has_the_module():
    with shapes_only():
        found = modules(GST(variant="resnet50_large"))
    assert [layer.beta for layer in found] == [1] * 16


def test_it_sees_the_order_of_frames():
    model = nano(include_top=False, pooling="avg")
    x = clips()
    forth, back = run(model, x), run(model, x[:, ::-1])
    assert np.abs(forth - back).max() > 1e-3 * np.abs(forth).max()


def test_without_space_time_it_is_a_network_of_frames():
    """Zeros in all 3x3x3: the order of frames is not seen."""
    model = nano(include_top=False, pooling="avg")
    for layer in modules(model):
        kernel = layer.space_time.kernel
        kernel.assign(keras.ops.zeros_like(kernel))
    x = clips()
    np.testing.assert_allclose(
        run(model, x), run(model, x[:, ::-1]), rtol=1e-4, atol=1e-5
    )


def test_logits_are_averaged_over_frames():
    model = nano(classifier_activation=None)
    frames = keras.Model(model.input, model.get_layer("logits").output)
    np.testing.assert_allclose(
        run(model, clips()), run(frames, clips()).mean(axis=1), atol=1e-6
    )


def test_any_number_of_frames():
    assert nano(input_shape=(16, 32, 32, 3)).output.shape == (None, 4)
    assert nano(input_shape=(None, None, None, 3)).output.shape == (None, 4)


def test_imagenet_goes_into_space(resnet50):
    """From Keras' ResNet-50 with random weights, cut as in GST's code."""
    source, path = resnet50
    model = GST(weights=f"imagenet:{path}", classes=5)
    layer = model.get_layer("res4_block3_conv2")
    kernel = np.asarray(source.get_layer("conv4_block3_2_conv").kernel)
    np.testing.assert_array_equal(
        np.asarray(layer.space.kernel)[0], kernel[:, :, :128, :192]
    )
    space_time = np.asarray(layer.space_time.kernel)
    # Kaiming over the fan-out: 27 taps, 64 of 256 channels.
    assert space_time.std() == pytest.approx((2 / (27 * 64)) ** 0.5, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("beta", [1, 2])
def test_exports_agree(beta, tmp_path):
    from tests.support.exports import check_exports

    check_exports(nano(beta=beta), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": 3}, "`alpha` must divide the channels.*alpha=3"),
        ({"alpha": 0}, "`alpha` must be an integer"),
        ({"beta": 3}, "`beta` must be one of"),
        ({"stride_on": "conv3"}, "stride_on"),
        ({"weights": "imagenet"}, "no ImageNet weights"),
        ({"variant": "resnet101"}, "Nearest: resnet50"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        nano(**arguments)
