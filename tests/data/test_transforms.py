import numpy as np
import pytest

from kvideo.data import transforms
from kvideo.data.spec import ClipSpec
from tests.support.videos import numbered_frames


@pytest.mark.parametrize(
    ("settings", "box"),
    [
        # the largest square of 16 x 24, in the middle
        ({"frame_size": 8}, (0, 4, 16, 16)),
        ({"frame_size": (8, 4)}, (0, 8, 16, 8)),
        ({"frame_size": (4, 16)}, (5, 0, 6, 24)),
        # 16 x 24 -> 10 x 15, of which rows 1 to 9 and columns 4 to 12: 1.6 to
        # 14.4 and 6.4 to 19.2 in pixels of the video
        ({"frame_size": 8, "resize_to": 10}, (2, 6, 12, 13)),
        ({"frame_size": 8, "crop_to_aspect_ratio": False}, (0, 0, 16, 24)),
    ],
)
def test_centre_box(settings, box):
    assert transforms.centre_box((16, 24), ClipSpec(**settings)) == box


@pytest.mark.parametrize(("resize_to", "crop"), [(256, 224), (182, 160)])
def test_centre_crops_lie_within_half_a_pixel_of_those_of_tsm(resize_to, crop):
    """torchvision's `Resize` and `CenterCrop`, in pixels of the video."""
    rng = np.random.default_rng(0)
    spec = ClipSpec(frame_size=crop, resize_to=resize_to)
    for size in rng.integers(60, 1100, (300, 2)).tolist():
        short = min(size)
        box = transforms.centre_box(size, spec)
        for side, first, length in zip(size, box[:2], box[2:], strict=True):
            start = round((int(resize_to * side / short) - crop) / 2)
            for ours, theirs in (
                (first, start),
                (first + length, start + crop),
            ):
                assert abs(ours - theirs * short / resize_to) <= 0.5
            assert 0 <= first < first + length <= side


def test_random_boxes_fill_the_frame_and_stay_inside():
    spec = ClipSpec(frame_size=8)
    rng = np.random.default_rng(0)
    boxes = np.array(
        [
            transforms.random_box((16, 24), spec, rng, (1.0, 0.5))
            for _ in range(400)
        ]
    )
    top, left, height, width = boxes.T
    assert set(height) == set(width) == {8, 16}
    small = height == 8
    assert set(top[small]) == set(range(9))
    assert set(left[small]) == set(range(17))
    assert set(top[~small]) == {0}
    assert set(left[~small]) == set(range(9))


def draw(box_of, times=3000, **options):
    """Boxes of a video of 40 x 60, as an array (times, 4)."""
    spec, rng = ClipSpec(frame_size=(8, 6)), np.random.default_rng(0)
    boxes = [box_of((40, 60), spec, rng, **options) for _ in range(times)]
    assert all(type(side) is int for box in boxes for side in box)
    return np.array(boxes)


def test_multi_scale_boxes_by_hand():
    """Largest box 40 x 30; half of it leaves room of 20 and 45."""
    boxes = draw(transforms.multi_scale_box, scales=(1.0, 0.5))
    height, width = boxes[:, 2:].T
    sides = {(40, 30), (40, 15), (20, 30), (20, 15)}
    assert {*zip(height, width, strict=True)} == sides
    small = boxes[(height == 20) & (width == 15)]
    places = {(5 * down, 11 * across) for down, across in transforms.PLACES}
    assert {tuple(box[:2]) for box in small} == places
    assert len(places) == 13
    far = draw(transforms.multi_scale_box, scales=(1.0, 0.75, 0.5))
    assert (40, 15) not in {*zip(far[:, 2], far[:, 3], strict=True)}


def test_places_are_those_of_the_layer():
    from kvideo.layers.augment.multi_scale_crop import PLACES

    assert PLACES == transforms.PLACES


def test_random_resized_boxes_have_the_areas_and_stay_inside():
    boxes = draw(transforms.random_resized_box, scale=(0.25, 0.5))
    top, left, height, width = boxes.T
    assert top.min() == left.min() == 0
    assert (top + height).max() == 40 and (left + width).max() == 60
    area, ratio = height * width / 2400, width / height
    assert 0.23 < area.min() < 0.27 and 0.48 < area.max() < 0.53
    assert 0.7 < ratio.min() < 0.8 and 1.25 < ratio.max() < 1.4


def test_random_resized_box_where_none_fits():
    """All of a frame of 40 x 60 at ratio 1: the largest square."""
    boxes = draw(transforms.random_resized_box, 9, scale=(1, 1), ratio=(1, 1))
    assert boxes[:, 2:].tolist() == [[40, 40]] * 9


def test_short_side_boxes_by_hand():
    """8 x 6 of short sides 8 to 10: 40, 35 and 32 by 30, 26 and 24."""
    boxes = draw(transforms.short_side_box, short_sides=(8, 10))
    top, left, height, width = boxes.T
    found = {*zip(height, width, strict=True)}
    assert found == {(40, 30), (35, 26), (32, 24)}
    assert set(left[width == 30]) == set(range(31))
    assert set(top[height == 32]) == set(range(9))


def test_every_frame_is_cut_and_mirrored_alike():
    frames = numbered_frames(5)
    cut = transforms.crop(frames, (2, 3, 4, 5))
    assert cut.shape == (5, 4, 5, 3)
    np.testing.assert_array_equal(
        transforms.flip(cut)[..., 1],
        np.broadcast_to([7, 6, 5, 4, 3], (5, 4, 5)),
    )
    np.testing.assert_array_equal(cut[:, 0, 0, 0], np.arange(5))


def test_flow_that_is_mirrored_turns_round():
    """By hand: x becomes 255 - x, y stays, columns change places."""
    images = np.array([[[[0, 1], [100, 2], [255, 3]]]], np.uint8)
    found = transforms.flip_flow(images)
    assert found.dtype == np.uint8
    assert found.tolist() == [[[[0, 3], [155, 2], [255, 1]]]]
    assert images[0, 0, 0].tolist() == [0, 1]
    np.testing.assert_array_equal(transforms.flip_flow(found), images)


def test_resize_is_half_pixel_bilinear_and_float():
    frames = np.zeros((2, 2, 4, 3), np.uint8)
    frames[0, :, 2:] = 200
    clip = transforms.resize(frames, (2, 2)).numpy()
    assert clip.dtype == np.float32
    np.testing.assert_array_equal(clip[0, 0, :, 0], [0, 200])
    np.testing.assert_array_equal(clip[1], 0)
    same = transforms.resize(frames, (2, 4)).numpy()
    assert same.dtype == np.float32
    np.testing.assert_array_equal(same, frames)
