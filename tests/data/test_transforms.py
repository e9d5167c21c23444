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
        # short side 16 -> 10, of which 8: 12 or 13 pixels of the video
        ({"frame_size": 8, "resize_to": 10}, (2, 6, 12, 12)),
        ({"frame_size": 8, "crop_to_aspect_ratio": False}, (0, 0, 16, 24)),
    ],
)
def test_centre_box(settings, box):
    assert transforms.centre_box((16, 24), ClipSpec(**settings)) == box


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


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("move_left", True),
        ("TurnClockwise", True),
        ("turn counterclockwise", True),
        ("push-right2", True),
        ("LEFT", True),
        ("Pushing something from left to right", True),
        ("bright_light", False),
        ("leftover", False),
        ("copyright", False),
        ("grow", False),
    ],
)
def test_directions_in_class_names(name, expected):
    assert bool(transforms.directional(["run", name])) == expected


def test_swapped_labels():
    names = ["grow", "left", "right", "up"]
    for swaps in ({"left": "right"}, {"left": "right", "right": "left"}):
        assert transforms.swapped_labels(names, swaps) == {1: 2, 2: 1}


@pytest.mark.parametrize(
    "swaps",
    [{"left": "rihgt"}, {"lfet": "right"}, {"left": "up", "right": "up"}],
)
def test_bad_swaps(swaps):
    with pytest.raises(ValueError, match="Received: horizontal_flip="):
        transforms.swapped_labels(["left", "right", "up"], swaps)
