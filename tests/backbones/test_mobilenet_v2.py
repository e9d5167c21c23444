from dataclasses import replace

import keras
import numpy as np
import pytest

from kvideo.backbones import mobilenet_v2, walk

SPECS = mobilenet_v2.SPECS
NANO = SPECS["tsm_mobilenet_v2_nano"]


def build(spec, clip):
    x = keras.Input(clip)
    return keras.Model(x, walk(mobilenet_v2.steps(spec), x))


def test_shapes():
    x, found = keras.Input((8, 224, 224, 3)), {}
    for step in mobilenet_v2.steps(SPECS["tsm_mobilenet_v2"]):
        x = step.apply(x)
        found[step.name] = (step.stage, *x.shape[1:])
    assert len(found) == 19
    assert found["stem"] == (1, 8, 112, 112, 32)
    assert found["separable"] == (1, 8, 112, 112, 16)
    assert found["res2_block2"] == (2, 8, 56, 56, 24)
    assert found["res3_block3"] == (3, 8, 28, 28, 32)
    assert found["res4_block4"] == (4, 8, 14, 14, 64)
    assert found["res4_block7"] == (4, 8, 14, 14, 96)
    assert found["res5_block4"] == (5, 8, 7, 7, 320)
    assert found["conv5"] == (6, 8, 7, 7, 1280)


def test_residual_blocks_are_those_with_an_expansion():
    steps = mobilenet_v2.steps(SPECS["tsm_mobilenet_v2"])
    residual = [step.name for step in steps if step.residual]
    assert len(residual) == 16
    assert all(name.startswith("res") for name in residual)


def test_where_channels_shift():
    """Features 3, 5, 6, 8, 9, 10, 12, 13, 15, 16 of the released code."""
    model = build(SPECS["tsm_mobilenet_v2"], (2, 32, 32, 3))
    steps = mobilenet_v2.steps(SPECS["tsm_mobilenet_v2"])
    names = [step.name for step in steps]
    sites = [
        names.index(layer.name.removesuffix("_shift"))
        for layer in model.layers
        if layer.name.endswith("_shift")
    ]
    assert sorted(sites) == [3, 5, 6, 8, 9, 10, 12, 13, 15, 16]


@pytest.mark.parametrize(
    ("shift", "first_changed"),
    # The four blocks with a shift carry it four frames back.
    [(True, 1), (False, 5)],
)
def test_frames_meet_only_where_channels_shift(shift, first_changed):
    x = np.random.default_rng(0).normal(size=(1, 6, 32, 32, 3))
    other = x.copy()
    other[:, 5] += 1
    model = build(replace(NANO, shift=shift), x.shape[1:])
    difference = np.abs(np.asarray(model(x)) - np.asarray(model(other)))
    changed = np.flatnonzero(difference.max((0, 2, 3, 4)))
    assert changed.tolist() == list(range(first_changed, 6))


def test_activations_end_at_six():
    x = 1e4 * np.random.default_rng(0).normal(size=(1, 2, 8, 8, 3))
    clips = keras.Input(x.shape[1:])
    steps = mobilenet_v2.steps(NANO)
    model = keras.Model(clips, steps[0].apply(clips))
    assert np.asarray(model(x)).max() == 6
    ends = {step.name for step in steps if not step.residual}
    relus = [x for x in build(NANO, (2, 32, 32, 3)).layers if is_relu(x)]
    assert {layer.max_value for layer in relus} == {6}
    # Two in each inverted residual: its end is linear.
    assert len(relus) == 2 * (len(steps) - len(ends)) + len(ends)


def is_relu(layer):
    return isinstance(layer, keras.layers.ReLU)


def test_convolutions_start_as_in_the_release():
    """N(0, sqrt(2 / (k * k * filters))), in depthwise ones too."""
    keras.utils.set_random_seed(0)
    model = build(SPECS["tsm_mobilenet_v2"], (1, 32, 32, 3))
    for name, fan_out in (
        ("res5_block3_conv2", 9 * 960),
        ("res5_block3_conv3", 160),
        ("conv5_conv", 1280),
    ):
        kernel = np.asarray(model.get_layer(name).kernel)
        np.testing.assert_allclose(
            kernel.std(), np.sqrt(2 / fan_out), rtol=0.03
        )


def test_unknown_padding():
    with pytest.raises(ValueError, match=r"`padding` must be one of 'half'"):
        mobilenet_v2.steps(replace(NANO, padding="valid"))


def test_unknown_sizes_pad_as_even_ones():
    spec = replace(NANO, padding="same")
    known, unknown = (build(spec, (1, n, n, 3)) for n in (64, None))
    unknown.set_weights(known.get_weights())
    x = np.random.default_rng(0).normal(size=(1, 1, 64, 64, 3))
    np.testing.assert_allclose(
        np.asarray(unknown(x)), np.asarray(known(x)), atol=1e-5
    )
