"""Colour jitter, RandAugment, erasing and normalisation."""

import colorsys

import numpy as np
import pytest

from kvideo.applications import plumbing
from kvideo.layers import (
    ClipColorJitter,
    ClipNormalize,
    ClipRandAugment,
    ClipRandomErasing,
)
from kvideo.layers.augment import erase_boxes, jitter_colors, normalize
from kvideo.layers.augment import rand_augment as ra
from tests.support.clip_transforms import (
    check_clip_transform,
    check_draws_of_clips,
    check_single_clip,
    run,
    still_clips,
)

MAKERS = {
    "color": lambda: ClipColorJitter(0.3, 0.2, 0.5, 0.2, (-1, 256), seed=1),
    "rand_augment": lambda: ClipRandAugment(1, 8, (-1, 256), seed=1),
    "erasing": lambda: ClipRandomErasing(
        0.9, (0.1, 0.3), (0.5, 2), 7.0, seed=1
    ),
    "normalize": lambda: ClipNormalize("btsnet"),
}
RGB = still_clips((2, 2, 4, 5, 3), 1) / 255


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.slow) if n == "rand_augment" else n
        for n in MAKERS
    ],
)
def test_contract(name):
    check_clip_transform(MAKERS[name])
    check_single_clip(MAKERS[name])


@pytest.mark.parametrize("name", ["color", "rand_augment", "erasing"])
def test_each_clip_has_its_own_draw(name):
    check_draws_of_clips(MAKERS[name])


# -- colour jitter -------------------------------------------------------------


def jittered(clips, *factors):
    factors = np.tile(np.array(factors, "float32"), (len(clips), 1))
    return np.asarray(jitter_colors(clips, factors))


def test_no_jitter():
    np.testing.assert_allclose(jittered(RGB, 1, 1, 1, 0), RGB, atol=1e-5)


def test_brightness_contrast_and_saturation_by_hand():
    half = RGB * 0.5
    np.testing.assert_allclose(jittered(RGB, 0.5, 1, 1, 0), half, atol=1e-5)
    luma = RGB @ np.array([0.299, 0.587, 0.114])
    flat = jittered(RGB, 1, 0, 1, 0)
    for clip, grey in zip(flat, luma, strict=True):
        np.testing.assert_allclose(clip, grey.mean(), atol=1e-5)
    grey = np.repeat(luma[..., None], 3, axis=-1)
    np.testing.assert_allclose(jittered(RGB, 1, 1, 0, 0), grey, atol=1e-5)


@pytest.mark.parametrize("hue", [-0.4, 0.25, 0.5])
def test_hue_as_in_colorsys(hue):
    found = jittered(RGB, 1, 1, 1, hue)
    for pixel, y in zip(RGB.reshape(-1, 3), found.reshape(-1, 3), strict=True):
        h, s, v = colorsys.rgb_to_hsv(*pixel)
        expected = colorsys.hsv_to_rgb((h + hue) % 1, s, v)
        np.testing.assert_allclose(y, expected, atol=1e-4)


def test_contrast_has_one_mean_for_all_frames():
    """Frames of 0.2 and 0.6 at no contrast both become their mean."""
    clip = np.stack([np.full((2, 2, 3), v) for v in (0.2, 0.6)])[None]
    found = jittered(clip.astype("float32"), 1, 0, 1, 0)
    np.testing.assert_allclose(found, 0.4, atol=1e-6)


# -- RandAugment ---------------------------------------------------------------


def test_fourteen_operations():
    assert len(set(ra.OPERATIONS)) == 14


@pytest.mark.parametrize(
    "apply",
    sorted(
        {*ra.OPERATIONS} - {ra.autocontrast, ra.equalize},
        key=ra.OPERATIONS.index,
    ),
    ids=lambda f: f.__name__,
)
def test_level_zero_changes_nothing(apply):
    found = np.asarray(apply(RGB[0], np.float32(0)))
    np.testing.assert_allclose(found, RGB[0], atol=1e-5)


@pytest.mark.parametrize("apply", ra.OPERATIONS[1:], ids=lambda f: f.__name__)
def test_levels_change_something_and_stay_in_range(apply):
    clip = 0.2 + 0.6 * RGB[0]
    for level in (-1, 1):
        found = np.asarray(apply(clip, np.float32(level)))
        assert found.shape == clip.shape
        assert np.abs(found - clip).max() > 0.05
        assert found.min() >= -1e-6 and found.max() <= 1 + 1e-6
        np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def values(*numbers):
    """A clip of one row of grey pixels."""
    row = np.array(numbers, "float32") / 255
    return np.repeat(row[None, None, :, None], 3, axis=-1)


@pytest.mark.parametrize(
    ("apply", "level", "before", "after"),
    [
        (ra.autocontrast, 1, (50, 100, 150), (0, 127.5, 255)),
        (ra.autocontrast, 1, (50, 50, 50), (50, 50, 50)),
        # one pixel in the first value; 1, 2 and 3 of the 3 others up to it
        (ra.equalize, 1, (10, 20, 20, 90), (0, 170, 170, 255)),
        (ra.equalize, 1, (50, 50, 50), (50, 50, 50)),
        (ra.solarize, 0.5, (0, 127, 128, 255), (0, 127, 127, 0)),
        (ra.posterize, -1, (15, 16, 127, 255), (0, 16, 112, 240)),
        (ra.brightness, 1, (0, 100, 200), (0, 190, 255)),
        (ra.brightness, -1, (0, 100, 200), (0, 10, 20)),
        (ra.contrast, -1, (0, 100), (45, 55)),
        # 0.45 of 5 columns is 2.25
        (ra.translate_x, 4 / 9, (10, 20, 30, 40), None),
    ],
)
def test_operations_by_hand(apply, level, before, after):
    found = np.asarray(apply(values(*before), np.float32(level)))[0, 0, :, 0]
    if after is None:  # 0.2 of 4 columns
        found, after = found[:3], (18, 28, 38)
    np.testing.assert_allclose(255 * found, after, atol=0.01)


def test_rotation_by_hand():
    """30 degrees: the pixel above the centre comes from its left below."""
    clip = np.zeros((1, 101, 101, 1), "float32")
    clip[0, 10:50, 48:53] = 1
    rotated = np.asarray(ra.rotate(np.repeat(clip, 3, -1), np.float32(1)))
    rows, columns = np.nonzero(rotated[0, 20:80, 20:80, 0] > 0.5)
    angle = np.arctan2(columns.mean() - 30, 30 - rows.mean())
    assert abs(abs(np.degrees(angle)) - 30) < 2


def test_each_clip_has_its_own_operations():
    numbers = np.array([[0, 5], [5, 5]], "int32")  # identity, brightness
    levels = np.full((2, 2), -0.5, "float32")
    found = np.asarray(ra.apply_operations(RGB, numbers, levels))
    np.testing.assert_allclose(found[0], RGB[0] * 0.55, atol=1e-5)
    np.testing.assert_allclose(found[1], RGB[1] * 0.55**2, atol=1e-5)


# -- erasing and normalisation -------------------------------------------------


def test_a_tube_is_erased_by_hand():
    boxes = np.array([[1, 2, 3, 2], [0, 0, 0, 5]], "int32")
    expected = RGB.copy()
    expected[0, :, 1:4, 2:4] = 9
    np.testing.assert_array_equal(
        np.asarray(erase_boxes(RGB, boxes, 9)), expected
    )


def test_share_and_area_of_erased_clips():
    x = np.zeros((400, 1, 20, 20, 1), "float32")
    layer = ClipRandomErasing(0.5, (0.1, 0.3), fill_value=1.0, seed=0)
    area = run(layer, x).mean(axis=(1, 2, 3, 4))
    assert 0.4 < np.mean(area > 0) < 0.6
    assert area[area > 0].min() > 0.08 and area.max() < 0.32


@pytest.mark.parametrize("name", ["imagenet", "kinetics", "btsnet"])
def test_normalisations_are_those_of_the_networks(name):
    mean, std = plumbing.NORMALIZATIONS[name]
    x = still_clips()
    expected = (x / 255 - mean) / std
    for training in (True, False):
        found = run(ClipNormalize(name), x, training=training)
        np.testing.assert_allclose(found, expected, atol=1e-5)
    found = run(ClipNormalize((mean, std)), x)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert plumbing.NORMALIZATIONS is normalize.NORMALIZATIONS


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ClipColorJitter(hue=0.6), "hue=0.6"),
        (lambda: ClipColorJitter(-0.1), "brightness=-0.1"),
        (lambda: ClipColorJitter(value_range=(1, 0)), "value_range="),
        (lambda: ClipRandAugment(0), "num_ops=0"),
        (lambda: ClipRandAugment(magnitude=11), "magnitude=11"),
        (lambda: ClipRandomErasing(-1), "rate=-1"),
        (lambda: ClipRandomErasing(scale=(0.5, 0.2)), "scale="),
        (lambda: ClipNormalize("image_net"), "image_net"),
        (lambda: ClipNormalize()(np.zeros((1, 2, 4, 4, 2))), "2 channels"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
