"""The same movement, filmed at several rates: clips of the same instants.

Red is the time of a frame in hundredths of a second.
"""

import dataclasses
import pickle

import numpy as np
import pytest
from PIL import Image

from kvideo.data import (
    ClipSpec,
    FrameFiles,
    FrameRates,
    Listing,
    load_clip,
    video_dataset,
)
from kvideo.data.cache import FrameCache
from kvideo.data.decode import write_video
from kvideo.data.shards import layout
from kvideo.data.shards.manifest import open_shards
from kvideo.data.shards.write import write_shards
from kvideo.data.sliding import sliding_windows
from kvideo.data.views import load_views
from tests.support.videos import frame_numbers

SPECS = {
    "dense": ClipSpec(4, (16, 16), "dense", frame_stride=4, frame_rate=25.0),
    "consecutive": ClipSpec(6, (16, 16), "consecutive", frame_rate=25.0),
    "segments": ClipSpec(
        6, (16, 16), "segment", frames_per_segment=3, frame_rate=25.0
    ),
}
# Seconds of the frames: two seconds each, and the longest step.
CAMERAS = {
    "25": (np.arange(50) / 25, 0.04),
    "12.5": (np.arange(25) / 12.5, 0.08),
    "50": (np.arange(100) / 50, 0.02),
    "30": (np.arange(60) / 30, 1 / 30),
    "variable": (np.cumsum([0, *[0.02, 0.06, 0.04] * 16, 0.04]), 0.06),
}
OTHERS = [name for name in CAMERAS if name != "25"]
JPEG = 3


def filmed(times):
    red = np.uint8(np.rint(100 * times))
    return (
        np.zeros((len(times), 16, 16, 3), np.uint8) + red[:, None, None, None]
    )


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Camera -> a file; mkv rounds its times to milliseconds."""
    folder, found = tmp_path_factory.mktemp("rates"), {}
    for name, (times, _) in CAMERAS.items():
        found[name] = folder / name / f"{name.replace('.', '-')}.mkv"
        found[name].parent.mkdir()
        options = {"crf": "0", "preset": "ultrafast"}
        write_video(
            found[name],
            filmed(times),
            codec="libx264rgb",
            options=options,
            times=times,
        )
    return found


def instants(clip):
    return np.array(frame_numbers(clip)) / 100


def assert_same(camera, found, expected, slack=0.0):
    """Within half a frame of the camera and of the rounding to red."""
    _, step = CAMERAS[camera]
    limit = step / 2 + 0.011 + slack
    assert np.abs(np.subtract(found, expected)).max() <= limit


@pytest.mark.parametrize("sampler", SPECS)
@pytest.mark.parametrize("camera", OTHERS)
def test_the_same_instants(videos, camera, sampler):
    spec = SPECS[sampler]
    expected = instants(load_clip(videos["25"], spec))
    found = instants(load_clip(videos[camera], spec))
    assert_same(camera, found, expected)
    # Which they are not as they come.
    counted = instants(load_clip(videos[camera], spec.read_at(0)))
    if camera in ("12.5", "50"):
        spans = [np.ptp(x[:3]) for x in (counted, expected)]
        assert spans[0] == pytest.approx(spans[1] * 25 / float(camera))


@pytest.mark.parametrize("sampler", SPECS)
def test_the_usual_rate_is_read_as_it_is(videos, sampler):
    spec = SPECS[sampler]
    for rate in (24.0, 25.0, 26.0):
        timed = dataclasses.replace(spec, frame_rate=rate)
        np.testing.assert_array_equal(
            load_clip(videos["25"], timed), load_clip(videos["25"], spec)
        )
    expected = load_clip(videos["25"], spec.read_at(0))
    np.testing.assert_array_equal(load_clip(videos["25"], spec), expected)


@pytest.mark.parametrize("camera", OTHERS)
def test_who_says_otherwise_wins(videos, camera):
    spec = SPECS["consecutive"]
    wanted = dataclasses.replace(spec, target_fps=10.0)
    plain = dataclasses.replace(wanted, frame_rate=None)
    assert spec.read_at(10.0) == plain and spec.read_at(None) == spec
    for other in (wanted, plain):
        found = instants(load_clip(videos[camera], other))
        assert np.ptp(found) == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize("sampler", ["segment", "uniform"])
def test_single_frames_over_the_video_are_left_alone(videos, sampler):
    spec = ClipSpec(4, (16, 16), sampler)
    timed = dataclasses.replace(spec, frame_rate=25.0)
    for video in videos.values():
        np.testing.assert_array_equal(
            load_clip(video, timed), load_clip(video, spec)
        )


@pytest.mark.parametrize("camera", OTHERS)
def test_parts_views_and_windows(videos, camera):
    spec = SPECS["consecutive"]
    part = {
        name: instants(load_clip(videos[name], spec, segment=(0.8, 1.6)))
        for name in ("25", camera)
    }
    # What begins with the part begins with a frame of it.
    assert_same(camera, np.diff(part[camera]), np.diff(part["25"]), 0.03)
    views = {
        name: load_views(videos[name], spec, "3x1") for name in ("25", camera)
    }
    for found, expected in zip(views[camera], views["25"], strict=True):
        assert_same(camera, instants(found), instants(expected))
    for window in sliding_windows(videos[camera], spec, 0.8, 0.4):
        np.testing.assert_array_equal(
            window.clip,
            load_clip(videos[camera], spec, (window.start, window.end)),
        )


@pytest.mark.parametrize("camera", OTHERS)
def test_a_cache_keeps_the_times(videos, camera, tmp_path):
    files, spec = FrameCache(tmp_path), SPECS["dense"]
    found = load_clip(videos[camera], spec, files=files)
    expected = load_clip(videos[camera], spec)
    assert np.abs(found - expected).max() <= JPEG


@pytest.mark.parametrize("encode", layout.ENCODINGS)
def test_shards_keep_the_times(videos, encode, tmp_path):
    folder, spec = videos["25"].parents[1], SPECS["dense"]
    write_shards(folder, tmp_path, encode)
    listing = open_shards(tmp_path)
    assert FrameRates.of(listing).usual == 25
    for place, label in enumerate(listing.labels):
        path = listing.file_paths[place]
        camera = listing.class_names[label]
        found = load_clip(path, spec, files=listing.files)
        expected = load_clip(videos[camera], spec)
        assert np.abs(found - expected).max() <= 2 * JPEG
    pickle.loads(pickle.dumps(listing))


def test_folders_of_images_have_a_rate_or_none(tmp_path):
    for number, frame in enumerate(filmed(np.arange(100) / 50)):
        Image.fromarray(frame).save(tmp_path / f"{number:05d}.png")
    spec = SPECS["consecutive"]

    def steps(fps):
        files = FrameFiles("{:05d}.png", fps=fps)
        clip = load_clip(tmp_path, spec, files=files)
        assert FrameRates.of(Listing([str(tmp_path)], files=files)).usual == fps
        return np.diff(frame_numbers(clip)).tolist()

    assert steps(None) == [2] * 5  # as they are
    assert steps(50.0) == [4] * 5
    assert steps(25.0) == [2] * 5


def test_records_of_images_without_a_rate(tmp_path):
    for number, frame in enumerate(filmed(np.arange(20) / 50)):
        path = tmp_path / "images" / f"{number:05d}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(frame).save(path)
    files = FrameFiles("{:05d}.png")
    images = Listing([str(path.parent)], [0], ["a"], files=files)
    write_shards(images, tmp_path / "shards")
    listing = open_shards(tmp_path / "shards")
    assert FrameRates.of(listing).usual is None
    [path], spec = listing.file_paths, SPECS["consecutive"]
    clip = load_clip(path, spec, files=listing.files)
    assert np.diff(frame_numbers(clip)) == pytest.approx([2] * 5, abs=1)


def test_training_reads_by_time_too(videos):
    paths = [str(videos[name]) for name in ("25", "50")]
    spec = dataclasses.replace(SPECS["dense"], frame_stride=3)
    data = video_dataset(
        Listing(paths, [0, 1], ["a", "b"]),
        clip_spec=spec,
        batch_size=2,
        seed=1,
        horizontal_flip=False,
        verbose=False,
    )
    [(clips, _)] = data
    for clip in np.asarray(clips):
        assert np.diff(frame_numbers(clip)) == pytest.approx([12] * 3, abs=1)
