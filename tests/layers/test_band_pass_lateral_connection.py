import keras
import numpy as np
import pytest

from kvideo.layers import BPLC, BandPassLateralConnection, MotionBandPass
from kvideo.layers.band_pass_lateral_connection import TRANSFORMS
from tests.support.contract import check_layer_contract


def maps(source=5, target=8, channels=4):
    rng = np.random.default_rng(0)
    return tuple(
        rng.normal(size=(2, 3, s, s, channels)).astype("float32")
        for s in (source, target)
    )


def opened(**arguments):
    """A connection that no longer starts closed."""
    layer = BandPassLateralConnection(**arguments)
    layer.build([m.shape for m in maps()])
    layer.norm.gamma.assign(keras.ops.ones_like(layer.norm.gamma))
    return layer


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_contract(transform):
    layer = BandPassLateralConnection(
        transform, kernel_size=3, sigma=0.8, log_norm="sum"
    )
    check_layer_contract(layer, *maps())
    check_layer_contract(opened(transform=transform, kernel_size=3), *maps())


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_identity_at_the_start(transform):
    source, target = maps()
    layer = BPLC(transform, kernel_size=3)
    for training in (False, True):
        out = layer([source, target], training=training)
        np.testing.assert_array_equal(np.asarray(out), target)


def test_what_is_added_in_inference():
    source, target = maps(source=8)
    out = np.asarray(opened(kernel_size=3)([source, target]))
    passed = np.asarray(MotionBandPass(3, 0.9)(source))
    np.testing.assert_allclose(
        out - target, passed / np.sqrt(1 + 1e-5), atol=1e-5
    )


def test_still_source_adds_nothing_through_the_band_pass():
    source, target = maps()
    still = np.repeat(source[:, :1], 3, axis=1)
    out = np.asarray(opened(kernel_size=3)([still, target]))
    np.testing.assert_allclose(out, target, atol=1e-5)


def test_source_is_resized_to_the_target():
    source, target = maps(source=4, target=8)
    constant = np.full_like(source, 3)
    out = np.asarray(opened(transform="identity")([constant, target]))
    np.testing.assert_allclose(out - target, 3 / np.sqrt(1 + 1e-5), atol=1e-5)


def test_channels_are_mixed_behind_the_band_pass():
    """A convolution that takes every channel from the one before it."""
    source, target = maps(source=8)
    layer = opened(transform="band_pass_conv", kernel_size=3)
    turn = np.roll(np.eye(4, dtype="float32"), 1, axis=1)
    layer.mixed.kernel.assign(turn.reshape(layer.mixed.kernel.shape))
    out = np.asarray(layer([source, target])) - target
    plain = opened(kernel_size=3)
    expected = np.asarray(plain([source, target])) - target
    np.testing.assert_allclose(out, np.roll(expected, 1, -1), atol=1e-4)


@pytest.mark.parametrize(
    ("transform", "more"), [("band_pass", 0), ("band_pass_conv", 16)]
)
def test_parameters(transform, more):
    layer = BandPassLateralConnection(transform, kernel_size=7)
    layer.build([m.shape for m in maps()])
    trainable = sum(np.prod(w.shape) for w in layer.trainable_weights)
    assert trainable == 4 * (7 * 7 + 3) + 2 * 4 + more


def test_pathways_that_do_not_match_are_refused():
    source, _ = maps()
    with pytest.raises(ValueError, match="same frames and channels"):
        BPLC("identity")([source, source[..., :2]])
    with pytest.raises(ValueError, match="transform"):
        BPLC("motion")
