import dataclasses

import numpy as np
import pytest

from kvideo.data import transforms
from kvideo.data.crop import KINDS, ClipCrop
from kvideo.data.pipeline import video_dataset_from_directory
from kvideo.data.spec import ClipSpec
from tests.support.videos import write_folder

SIZE, SPEC = (40, 60), ClipSpec(frame_size=8)
# Numbers that are no defaults, and what the functions call them.
OTHER = {
    "scales": ({"scales": (1.0, 0.5)}, {"scales": (1.0, 0.5)}),
    "multi_scale": ({"scales": [0.9]}, {"scales": (0.9,)}),
    "random_resized": (
        {"area": (0.1, 0.2), "ratio": (1, 2)},
        {"scale": (0.1, 0.2), "ratio": (1, 2)},
    ),
    "short_side": ({"short_sides": (8, 9)}, {"short_sides": (8, 9)}),
}


def boxes(draw, *arguments, **options):
    rng = np.random.default_rng(0)
    return [draw(*arguments, rng, **options) for _ in range(40)]


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_are_those_of_the_functions(kind):
    function = KINDS[kind][0]
    ours, theirs = OTHER[kind]
    found = boxes(ClipCrop(kind, **ours).box, SIZE, SPEC)
    assert found == boxes(function, SIZE, SPEC, **theirs)
    assert found != boxes(ClipCrop(kind).box, SIZE, SPEC)


def test_defaults_of_the_kinds():
    assert boxes(ClipCrop().box, SIZE, SPEC) == boxes(
        transforms.random_box, SIZE, SPEC, scales=(1.0, 0.875, 0.75)
    )
    for kind in ("multi_scale", "random_resized", "short_side"):
        assert boxes(ClipCrop(kind).box, SIZE, SPEC) == boxes(
            KINDS[kind][0], SIZE, SPEC
        )


def test_ways_to_write_it():
    crop = ClipCrop("multi_scale", scales=(1.0, 0.5))
    assert ClipCrop.of(crop) is crop
    assert ClipCrop.of("short_side") == ClipCrop("short_side")
    written = {"kind": "multi_scale", "scales": [1.0, 0.5]}
    assert ClipCrop.of(written) == crop
    assert ClipCrop.of(dataclasses.asdict(crop)) == crop


@pytest.mark.parametrize(
    "crop, message",
    [
        ("corner", "`crop.kind` should be one of scales, "),
        ({"kind": "short_side", "scales": [1]}, "has no `scales`. It has: sho"),
        ({"scales": []}, "above 0 and up to 1"),
        ({"scales": 0.5}, r"crop.scales=0\.5"),
        ({"kind": "random_resized", "area": [0.5, 1.5]}, r"crop\.area="),
        ({"kind": "random_resized", "ratio": [2, 1]}, r"crop\.ratio="),
        ({"kind": "short_side", "short_sides": [8.5, 9]}, "whole numbers"),
        ({"scale": 1}, r"unknown \['scale'\]"),
        (0.5, r"Received: crop=0\.5"),
    ],
)
def test_what_is_no_crop(crop, message):
    with pytest.raises(ValueError, match=message):
        ClipCrop.of(crop)


def test_videos_that_would_be_smaller_than_their_clips():
    crop = ClipCrop("short_side", short_sides=(8, 9))
    crop.check_fits(SPEC)
    with pytest.raises(ValueError, match=r"frame size \(8, 9\)"):
        crop.check_fits(ClipSpec(frame_size=(8, 9)))
    with pytest.raises(ValueError, match=r"short_sides=\(256, 320\)"):
        ClipCrop("short_side").check_fits(ClipSpec(frame_size=257))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("videos"))


@pytest.mark.parametrize("kind", ["multi_scale", "random_resized"])
def test_clips_follow_from_seed_epoch_and_file(folder, kind):
    def clips(crop, threads):
        dataset = video_dataset_from_directory(
            folder,
            crop=crop,
            num_frames=2,
            frame_size=8,
            batch_size=3,
            shuffle=False,
            training=True,
            seed=4,
            num_parallel_calls=threads,
            verbose=False,
        )
        passes = [[c for c, _ in dataset] for _ in range(2)]
        return [np.concatenate(batches) for batches in passes]

    first, second = clips(kind, 1)
    again, _ = clips({"kind": kind}, 3)
    np.testing.assert_array_equal(first, again)
    assert (first != second).any()
    assert (first != clips("scales", 1)[0]).any()
