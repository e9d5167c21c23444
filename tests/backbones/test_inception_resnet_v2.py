import keras
import numpy as np
import pytest

from kvideo.backbones import inception_resnet_v2, walk

SPECS = inception_resnet_v2.SPECS
NANO = SPECS["inception_resnet_v2_nano"]


def build(spec, clip):
    x = keras.Input(clip)
    return keras.Model(x, walk(inception_resnet_v2.steps(spec), x))


def step_named(name):
    steps = inception_resnet_v2.steps(NANO)
    return next(step for step in steps if step.name == name)


def test_steps_have_slims_names():
    steps = inception_resnet_v2.steps(SPECS["inception_resnet_v2"])
    stem = "conv2d_1a conv2d_2a conv2d_2b maxpool_3a conv2d_3b conv2d_4a"
    assert [step.name for step in steps] == [
        *(*stem.split(), "maxpool_5a", "mixed_5b"),
        *(f"block35_{i}" for i in range(1, 11)),
        "mixed_6a",
        *(f"block17_{i}" for i in range(1, 21)),
        "mixed_7a",
        *(f"block8_{i}" for i in range(1, 11)),
        "conv2d_7b",
    ]
    for step in steps:
        assert step.residual == step.name.startswith("block")


def test_shapes():
    """Sizes and channels of the release, channels divided by eight."""
    x, found = keras.Input((2, 299, 299, 3)), {}
    for step in inception_resnet_v2.steps(NANO):
        x = step.apply(x)
        found[step.name] = tuple(x.shape[2:4]), x.shape[-1] * NANO.divisor
    assert found == {
        "conv2d_1a": ((149, 149), 32),
        "conv2d_2a": ((147, 147), 32),
        "conv2d_2b": ((147, 147), 64),
        "maxpool_3a": ((73, 73), 64),
        "conv2d_3b": ((73, 73), 80),
        "conv2d_4a": ((71, 71), 192),
        "maxpool_5a": ((35, 35), 192),
        "mixed_5b": ((35, 35), 320),
        "block35_1": ((35, 35), 320),
        "mixed_6a": ((17, 17), 1088),
        "block17_1": ((17, 17), 1088),
        "mixed_7a": ((8, 8), 2080),
        "block8_1": ((8, 8), 2080),
        "block8_2": ((8, 8), 2080),
        "conv2d_7b": ((8, 8), 1536),
    }


@pytest.mark.parametrize(
    ("name", "scale"),
    [("block35_1", 0.17), ("block17_1", 0.1), ("block8_1", 0.2)],
)
def test_a_block_adds_a_scaled_branch(name, scale):
    """With a last convolution of zeros and a bias: relu(x + scale * bias)."""
    x = np.random.default_rng(0).normal(size=(1, 2, 5, 5, 16))
    block = model_of(name)
    set_last(block.get_layer(f"{name}_conv"), bias=2)
    np.testing.assert_allclose(
        np.asarray(block(x)), np.maximum(x + 2 * scale, 0), atol=1e-6
    )


def test_the_last_block_has_neither_scale_nor_relu():
    x = np.random.default_rng(0).normal(size=(1, 2, 5, 5, 16))
    block = model_of("block8_2")
    set_last(block.get_layer("block8_2_conv"), bias=2)
    np.testing.assert_allclose(np.asarray(block(x)), x + 2, atol=1e-6)


def model_of(name):
    x = keras.Input((2, 5, 5, 16))
    return keras.Model(x, step_named(name).apply(x))


def set_last(conv, bias):
    conv.kernel.assign(keras.ops.zeros_like(conv.kernel))
    conv.bias.assign(keras.ops.full_like(conv.bias, bias))


def test_frames_do_not_meet():
    model = build(NANO, (None, 75, 75, 3))
    x = np.random.default_rng(0).normal(size=(1, 3, 75, 75, 3))
    clip, alone = np.asarray(model(x)), np.asarray(model(x[:, 1:2]))
    np.testing.assert_allclose(clip[:, 1:2], alone, atol=1e-5)
    assert np.abs(clip[:, 0] - clip[:, 1]).max() > 1e-3


def test_smallest_side():
    assert build(NANO, (1, 75, 75, 3)).output.shape[2:4] == (1, 1)
    with pytest.raises(ValueError, match="too small: mixed_7a"):
        build(NANO, (1, 75, 74, 3))
