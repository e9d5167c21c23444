import numpy as np
import pytest

from kvideo.ops import resize_clip
from kvideo.visualize import overlay, stretch, to_heat


def test_stretch_is_linear_between_the_middles_of_cells():
    maps = np.array([0, 4], "float32").reshape(1, 1, 2)
    found = stretch(maps, (1, 1, 8))
    # Middles of the cells lie at 1.5 and 5.5 of the eight pixels.
    expected = [0, 0, 0.5, 1.5, 2.5, 3.5, 4, 4]
    np.testing.assert_allclose(found[0, 0], expected, rtol=1e-6)


def test_stretch_is_that_of_the_networks():
    maps = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    expected = resize_clip(maps[None, ..., None], (9, 10), 4)
    np.testing.assert_allclose(
        stretch(maps, (4, 9, 10)), np.asarray(expected)[0, ..., 0], atol=1e-6
    )


def test_heat_is_what_is_positive_up_to_one():
    np.testing.assert_array_equal(to_heat([-2, 0, 1, 4]), [0, 0, 0.25, 1])
    np.testing.assert_array_equal(to_heat([-2, -1]), [0, 0])


def test_frames_without_heat_stay_as_they_are():
    clip = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), "uint8")
    heat = np.zeros((2, 4, 4))
    heat[1, 2, 3] = 1
    picture = overlay(clip, heat)
    assert picture.dtype == np.uint8
    cold = heat == 0
    np.testing.assert_array_equal(picture[cold], clip[cold])
    hot = picture[1, 2, 3].astype(int) - clip[1, 2, 3] * 0.3
    assert hot[0] > 50 and hot[0] > hot[1] + hot[2]


def test_heat_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"heat.shape=\(2, 4, 4\)"):
        overlay(np.zeros((2, 8, 8, 3)), np.zeros((2, 4, 4)))
