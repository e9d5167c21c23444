import sys

import numpy as np
import pytest
from scipy import ndimage

from kvideo.data import flow


def pictures(shift, size=(64, 80), seed=0):
    """Smooth noise, and what it is when it moved by (x, y) pixels."""
    margin = 12
    shape = [side + 2 * margin for side in size]
    noise = np.random.default_rng(seed).normal(size=shape)
    picture = sum(ndimage.gaussian_filter(noise, s) * s for s in (2, 4, 8))
    picture = 255 * (picture - picture.min()) / np.ptp(picture)
    inner = slice(margin, -margin)
    moved = ndimage.shift(picture, shift[::-1], order=3, mode="reflect")
    return [
        np.clip(x[inner, inner], 0, 255).astype(np.uint8)
        for x in (picture, moved)
    ]


@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (0, -2), (-5, 4)])
def test_a_known_translation(shift):
    """x to the right and y downwards, from the first frame to the second."""
    found = flow.tv_l1(*pictures(shift))
    assert found.shape == (64, 80, 2)
    assert found.dtype == np.float32
    error = np.linalg.norm(found - np.array(shift), axis=-1)
    assert error[8:-8, 8:-8].mean() < 0.1


def test_a_moving_part():
    """The flow is that of each place, not of the whole picture."""
    first, second = pictures((4, 0))
    second[:, :40] = first[:, :40]
    found = flow.tv_l1(first, second)
    assert abs(found[8:-8, 8:32, 0]).mean() < 0.2
    assert abs(found[8:-8, 52:-8, 0] - 4).mean() < 0.2


def test_bytes_by_hand():
    pixels = np.array([-30.0, -20, -10, 0, 0.1, 10, 20, 1e9])
    assert flow.to_bytes(pixels).tolist() == [0, 0, 64, 128, 128, 191, 255, 255]
    found = flow.from_bytes(np.array([0, 51, 128, 255], np.uint8))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [-20, -12, 0.0784, 20], atol=1e-4)


def test_bytes_are_within_half_a_step_and_survive():
    pixels = np.random.default_rng(0).uniform(-20, 20, 1000)
    stored = flow.to_bytes(pixels)
    restored = flow.from_bytes(stored)
    assert abs(restored - pixels).max() <= 20 / 255 + 1e-6
    np.testing.assert_array_equal(flow.to_bytes(restored), stored)


def test_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.registration", None)
    with pytest.raises(ModuleNotFoundError, match=r"kvideo\[flow\]"):
        flow.tv_l1(*pictures((0, 0)))
