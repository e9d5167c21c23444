"""Crops: boxes by hand, the twin of the data set, and the contracts."""

import numpy as np
import pytest
import tensorflow as tf

from kvideo.data import transforms
from kvideo.data.spec import ClipSpec
from kvideo.layers import (
    ClipCenterCrop,
    ClipMultiScaleCrop,
    ClipRandomResizedCrop,
    ClipShortSideJitter,
    ClipTenCrop,
    ClipThreeCrop,
)
from kvideo.layers.augment.crop_and_resize import crop_and_resize
from kvideo.layers.augment.multi_scale_crop import (
    PLACES,
    multi_scale_boxes,
    scale_pairs,
)
from kvideo.layers.augment.random_resized_crop import area_sides
from kvideo.layers.augment.tools import ToolBox
from tests.support.clip_transforms import (
    check_clip_transform,
    check_draws_of_clips,
    check_single_clip,
    run,
    still_clips,
)

MAKERS = {
    "center": lambda: ClipCenterCrop(8, 6, 10),
    "multi_scale": lambda: ClipMultiScaleCrop(8, 6, (1.0, 0.5), 0, seed=2),
    "random_resized": lambda: ClipRandomResizedCrop(
        8, 6, (0.1, 0.8), (0.5, 1.5), seed=2
    ),
    "short_side": lambda: ClipShortSideJitter(8, 6, (9, 12), seed=2),
    "three": lambda: ClipThreeCrop(8, 6, 10),
    "ten": lambda: ClipTenCrop(8, 6, 10),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.slow) if n == "ten" else n
        for n in MAKERS
    ],
)
def test_contract(name):
    check_clip_transform(MAKERS[name])
    check_single_clip(MAKERS[name])


@pytest.mark.parametrize(
    "name", ["multi_scale", "random_resized", "short_side"]
)
def test_each_clip_has_its_own_draw(name):
    check_draws_of_clips(MAKERS[name])


def test_boxes_are_cut_and_resized_as_the_data_set_does():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (4, 3, 14, 18, 3)).astype("uint8")
    boxes = [(0, 0, 14, 18), (3, 2, 8, 6), (5, 9, 9, 9), (13, 17, 1, 1)]
    found = crop_and_resize(
        x.astype("float32"), np.array(boxes, "int32"), (8, 6)
    )
    for y, clip, box in zip(np.asarray(found), x, boxes, strict=True):
        cut = transforms.crop(clip, box)
        expected = transforms.resize(cut, (8, 6)).numpy()
        np.testing.assert_allclose(y, expected, atol=1e-3)


@pytest.mark.parametrize(
    ("size", "short_side"), [((8, 6), None), ((6, 8), None), ((8, 6), 9)]
)
def test_center_crop_is_the_test_mode_of_the_data_set(size, short_side):
    x = still_clips()
    spec = ClipSpec(frame_size=size, resize_to=short_side)
    box = transforms.centre_box(x.shape[2:4], spec)
    cut = transforms.crop(x[0], box)
    expected = transforms.resize(cut, size).numpy()
    found = run(ClipCenterCrop(*size, short_side), x)
    np.testing.assert_allclose(found[0], expected, atol=1e-3)


def test_center_crop_at_the_own_size_keeps_pixels():
    x = still_clips()
    found = run(ClipCenterCrop(8, 8, 12), x)
    np.testing.assert_array_equal(found, x[:, :, 2:10, 4:12])


@pytest.mark.parametrize(
    "make", [MAKERS["multi_scale"], MAKERS["random_resized"]]
)
def test_outside_training_the_largest_centred_box(make):
    x = still_clips()
    expected = run(ClipCenterCrop(8, 6), x)
    np.testing.assert_array_equal(run(make(), x, training=False), expected)


# -- multi-scale ---------------------------------------------------------------


def test_the_13_places_by_hand():
    """A box of 8 x 8 in 12 x 16: room of 4 down and 8 across."""
    assert len(set(PLACES)) == len(PLACES) == 13
    shape = (13, 1, 12, 16, 3)
    shares = np.full((13, 2), 8 / 12, "float32")
    places = np.array(PLACES, "int32")
    found = np.asarray(multi_scale_boxes(shape, (4, 4), shares, places))
    assert found[:, 2:].tolist() == [[8, 8]] * 13
    assert found[:, :2].tolist() == [
        *([0, 0], [0, 8], [4, 0], [4, 8], [2, 4]),
        *([2, 0], [2, 8], [4, 4], [0, 4]),
        *([1, 2], [1, 6], [3, 2], [3, 6]),
    ]


def test_scales_are_at_most_one_step_apart():
    pairs = scale_pairs((1.0, 0.875, 0.75, 0.66), 1)
    assert len(pairs) == 4 + 2 * 3
    assert (1.0, 0.875) in pairs and (1.0, 0.75) not in pairs


def test_sides_of_the_scales():
    """256 pixels at TSN's four scales: 256, 224, 192 and 168."""
    scales = np.array([1.0, 0.875, 0.75, 0.66, 0.29], "float32")
    shares = np.stack([scales, scales], axis=1)
    places = np.zeros((5, 2), "int32")
    for short, sides in ((256, [256, 224, 192, 168, 74]), (100, [100, 87])):
        shape = (5, 1, short, 340, 3)
        boxes = multi_scale_boxes(shape, (224, 224), shares, places)
        assert np.asarray(boxes)[: len(sides), 2].tolist() == sides


def test_multi_scale_boxes_are_those_of_the_data_set():
    layer = ClipMultiScaleCrop(8, 6, seed=0)
    tools = ToolBox(0).tools_for(tf.zeros(()), layer.generator)
    drawn = np.asarray(layer.draw(tools, (4000, 1, 40, 60, 3)))
    spec, rng = ClipSpec(frame_size=(8, 6)), np.random.default_rng(0)
    boxes = {
        transforms.multi_scale_box((40, 60), spec, rng, layer.scales)
        for _ in range(4000)
    }
    assert {tuple(box) for box in drawn.tolist()} == boxes
    assert len(boxes) > 100


# -- random resized ------------------------------------------------------------


def test_first_box_that_fits_by_hand():
    """A frame of 10 x 20: area 200."""
    areas = np.array([[0.5, 0.5], [1.0, 1.0], [1.0, 0.5]], "float32")
    ratios = np.array([[1.0, 4.0], [1.0, 4.0], [1.0, 2.0]], "float32")
    sides = area_sides((3, 1, 10, 20, 3), areas, ratios, (7, 9))
    # 10 x 10 fits; neither 14 x 14 nor 7 x 28 does; 7 x 14 is the second.
    found = np.stack([np.asarray(side) for side in sides], axis=1)
    assert found.tolist() == [[10, 10], [7, 9], [7, 14]]


def test_random_resized_boxes_have_the_areas_and_stay_inside():
    layer = ClipRandomResizedCrop(8, 6, (0.25, 0.5), seed=0)
    tools = ToolBox(0).tools_for(tf.zeros(()), layer.generator)
    boxes = np.asarray(layer.draw(tools, (2000, 1, 60, 80, 3)))
    top, left, height, width = boxes.T
    assert (top >= 0).all() and (top + height <= 60).all()
    assert (left >= 0).all() and (left + width <= 80).all()
    area = height * width / 4800
    assert 0.24 < area.min() < 0.27 and 0.48 < area.max() < 0.52
    ratio = width / height
    assert 0.73 < ratio.min() < 0.78 and 1.28 < ratio.max() < 1.38
    assert top.min() == 0 and (top + height).max() == 60
    assert abs(np.log(ratio).mean()) < 0.02


# -- short side ----------------------------------------------------------------


def test_short_sides_are_uniform():
    """24 of short sides 24 to 48, in frames of 48 x 64: boxes of 48 to 24."""
    layer = ClipShortSideJitter(24, 24, (24, 48), seed=0)
    tools = ToolBox(0).tools_for(tf.zeros(()), layer.generator)
    boxes = np.asarray(layer.draw(tools, (4000, 1, 48, 64, 3)))
    top, left, height, width = boxes.T
    np.testing.assert_array_equal(height, width)
    assert set(height) == {24 * 48 // side for side in range(24, 49)}
    assert (top + height).max() == 48 and (left + width).max() == 64
    assert top.min() == left.min() == 0


def test_short_side_rests_at_the_smallest():
    x = still_clips()
    expected = run(ClipCenterCrop(8, 6, 9), x)
    found = run(MAKERS["short_side"](), x, training=False)
    np.testing.assert_array_equal(found, expected)


# -- views ---------------------------------------------------------------------


def test_three_crops_cover_the_longer_side():
    x = still_clips((2, 1, 8, 20, 3))
    found = run(ClipThreeCrop(8, 8, 8), x)
    for clip, views in zip(x, found.reshape(2, 3, 1, 8, 8, 3), strict=True):
        for view, left in zip(views, (0, 6, 12), strict=True):
            np.testing.assert_array_equal(view, clip[:, :, left : left + 8])
    tall = np.swapaxes(x, 2, 3)
    expected = np.swapaxes(found, 2, 3)
    np.testing.assert_array_equal(run(ClipThreeCrop(8, 8, 8), tall), expected)


def test_ten_crops_by_hand():
    x = still_clips((2, 1, 8, 12, 3))
    found = run(ClipTenCrop(4, 4, 8), x).reshape(2, 10, 1, 4, 4, 3)
    places = [(0, 0), (0, 8), (4, 0), (4, 8), (2, 4)]
    for clip, views in zip(x, found, strict=True):
        for i, (top, left) in enumerate(places):
            cut = clip[:, top : top + 4, left : left + 4]
            np.testing.assert_array_equal(views[i], cut)
            np.testing.assert_array_equal(views[i + 5], cut[:, :, ::-1])


# -- arguments -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ClipCenterCrop(0, 8), "height=0"),
        (lambda: ClipCenterCrop(8, 8.0), "width=8.0"),
        (lambda: ClipCenterCrop(8, 9, 8), "at least 9"),
        (lambda: ClipThreeCrop(8, 8, 7), "at least 8"),
        (lambda: ClipMultiScaleCrop(8, 8, ()), "scales="),
        (lambda: ClipMultiScaleCrop(8, 8, (1.5,)), "scales="),
        (lambda: ClipRandomResizedCrop(8, 8, (0, 1)), "scale="),
        (lambda: ClipRandomResizedCrop(8, 8, ratio=(2, 1)), "ratio="),
        (lambda: ClipShortSideJitter(8, 8, (7, 9)), "short_side=7"),
        (lambda: ClipShortSideJitter(8, 8, (10, 9)), "two rising"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
