import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import InceptionResNetV2, TeSNet, image_networks
from kvideo.applications.shapes_only import shapes_only
from kvideo.layers import BatchNorm, Conv3D, TemporalSqueezePooling
from tests.support.exports import sure_of_itself
from tests.support.tflite import check_tflite

CLIP = (8, 75, 75, 3)


def nano(**arguments):
    return TeSNet(**{"variant": "nano", "classes": 3, **arguments})


def clips(shape=CLIP, batch=2, seed=0):
    """Noise that grows brighter over time, in [0, 255]."""
    rng = np.random.default_rng(seed)
    fade = np.linspace(0.2, 1, shape[0]).reshape(-1, 1, 1, 1)
    return (rng.uniform(0, 255, (batch, *shape)) * fade).astype("float32")


def squeezing(model):
    return [x for x in model.layers if isinstance(x, TemporalSqueezePooling)]


def count_full(**arguments):
    with shapes_only():
        return kvideo.count(TeSNet(classes=101, **arguments))


@pytest.mark.slow
def test_cost_of_no_5():
    """The footnote of Table 3.2, "around 70 %" of No. 1."""
    first = count_full(placement=1)
    assert round(first.macs / 1e9, 2) == 39.47
    # The backbone's, with K^2 + K + K D (K + 1) for K = 10, D = 3.
    assert first.trainable_params == 54_461_701 + 440
    for index, ratio in ((0, 0.569), (8, 0.700), (20, 0.898)):
        fifth = count_full(placement=5, block_b_index=index)
        assert round(fifth.macs / first.macs, 3) == ratio
        assert fifth.trainable_params == 54_461_701 + 440 + 24


def test_sixty_four_frames():
    counted = count_full(
        placement=5, squeezed_frames=(16, 4), input_shape=(64, 299, 299, 3)
    )
    sizes = [x.params for x in counted.layers if x.step.startswith("squeeze")]
    assert sizes == [64 * 65 + 1024 * 65, 16 * 17 + 64 * 17]
    assert round(counted.macs / 1e9, 1) == 109.3


@pytest.mark.parametrize(
    ("placement", "shapes"),
    [
        # In and out, (T, H, C), of each layer.
        (1, [((8, 75, 3), 3)]),
        (2, [((8, 75, 3), 1)]),
        (3, [((8, 37, 4), 3), ((3, 15, 24), 1)]),
        (4, [((8, 37, 4), 3), ((3, 7, 40), 1)]),
        (5, [((8, 37, 4), 3), ((3, 3, 136), 1)]),
    ],
)
def test_placements_of_table_3_2(placement, shapes):
    model = nano(placement=placement)
    found = [
        ((x.input.shape[1], *x.input.shape[3:]), x.output.shape[1])
        for x in squeezing(model)
    ]
    assert found == shapes
    assert model.output.shape == (None, 3)


def test_block_b_index_moves_the_second_layer():
    for index, before in ((0, "mixed_6a_concat"), (1, "block17_1_relu")):
        _, second = squeezing(nano(placement=5, block_b_index=index))
        assert second.input._keras_history.operation.name == before


def test_squeezed_frames_of_each_layer():
    model = nano(
        placement=5, squeezed_frames=(6, 2), input_shape=(16, 75, 75, 3)
    )
    assert [x.output.shape[1] for x in squeezing(model)] == [6, 2]
    model = nano(squeezed_frames=2)
    assert [x.output.shape[1] for x in squeezing(model)] == [2]


def test_it_is_the_image_network_on_squeezed_frames():
    """Placement 1: pixels to [-1, 1], squeezed, each classified, averaged."""
    model = sure_of_itself(nano(classifier_activation=None))
    plain = InceptionResNetV2(
        variant="v2_nano",
        classes=3,
        input_shape=(1, 75, 75, 3),
        include_preprocessing=False,
        classifier_activation=None,
    )
    plain.set_weights(model.get_weights()[4:])
    x = clips()
    (layer,) = squeezing(model)
    squeezed = layer(x / 127.5 - 1)
    expected = np.mean(
        [plain(squeezed[:, t : t + 1], training=False) for t in range(3)], 0
    )
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(
        model.predict(x, verbose=0), expected, rtol=1e-3, atol=1e-4
    )


def test_projection_losses_are_part_of_the_loss():
    """Eq. 3.6: beta times the sum over the layers."""
    x, losses = clips(), []
    models = [nano(placement=4, beta=beta) for beta in (0.0, 2.0)]
    for model in models:
        model.set_weights(models[0].get_weights())
        model.compile(loss="sparse_categorical_crossentropy")
        losses.append(model.evaluate(x, np.array([0, 1]), verbose=0))
    model(x, training=False)
    errors = sum(float(x) for x in model.losses) / 2
    assert len(model.losses) == 2
    assert losses[1] - losses[0] == pytest.approx(2 * errors, rel=1e-3)


def test_pixels_are_squeezed_in_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        first, second = squeezing(nano(placement=5))
        (at_input,) = squeezing(nano())
    finally:
        keras.config.set_dtype_policy("float32")
    assert at_input.compute_dtype == "float32"
    assert first.compute_dtype == second.compute_dtype == "bfloat16"


def test_without_the_top():
    features = nano(include_top=False)
    assert features.output.shape == (None, 3, 1, 1, 192)
    assert nano(include_top=False, pooling="avg").output.shape == (None, 192)


def test_imagenet_fills_all_but_the_new_layers():
    """Every convolution and normalisation has a partner of its shape."""
    with shapes_only():
        reference = keras.applications.InceptionResNetV2(
            weights=None, include_top=False, input_shape=(75, 75, 3)
        )
        model = TeSNet(placement=5, input_shape=(10, 75, 75, 3))
        ours = [layer.name for layer in model.layers]
        filled = set()
        pairs = image_networks.inception_resnet_v2_pairs(reference, ours)
        for conv, _, our_conv, our_norm in pairs:
            kernel = model.get_layer(our_conv).kernel
            assert kernel.shape[1:] == reference.get_layer(conv).kernel.shape
            filled |= {our_conv, our_norm} - {None}
    wanted = {x.name for x in model.layers if isinstance(x, Conv3D | BatchNorm)}
    assert filled == wanted


@pytest.mark.parametrize(
    "placement", [pytest.param(1, marks=pytest.mark.slow), 5]
)
def test_converts_to_tflite(placement, tmp_path):
    """With operations that are built in."""
    model = sure_of_itself(nano(placement=placement))
    check_tflite(model, clips(batch=1), tmp_path)


def test_names():
    info = kvideo.model_info("tesnet")
    assert info.name == "tesnet_inception_resnet_v2"
    assert info.input_shape == (10, 299, 299, 3)
    assert (info.sampler, info.frame_stride) == ("dense", 1)
    assert kvideo.create_model("tesnet_nano", classes=2).name == "tesnet_nano"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"placement": 6}, "`placement` must be one of 1, 2, 3, 4, 5"),
        ({"placement": 5, "squeezed_frames": 3}, "conv2d_1a and block_b"),
        ({"squeezed_frames": (3, 1)}, "layers at input"),
        ({"placement": 5, "block_b_index": 2}, "from 0 to 1"),
        ({"squeezed_frames": 8}, "squeeze1_pool squeezes K frames"),
        ({"input_shape": (None, 75, 75, 3)}, "K must be known"),
        ({"weights": "imagenet"}, "no ImageNet weights"),
        ({"input_shape": (8, 64, 75, 3)}, "too small: mixed_7a"),
        ({"variant": "resnet50"}, "Unknown tesnet variant"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        nano(**arguments)
