import json

import numpy as np
import pytest

from kvideo.data import decode
from kvideo.data.crop import ClipCrop
from kvideo.data.spec import ClipSpec, load_clip, load_frames
from tests.support.videos import frame_numbers, write_numbered_video

HALF = ClipCrop(scales=(0.5,))


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    return write_numbered_video(folder / "numbered.mp4", 10)


def test_survives_json():
    spec = ClipSpec(
        num_frames=6,
        frame_size=(32, 48),
        sampler="segment",
        frames_per_segment=3,
        frame_stride=2,
        short_video="repeat_last",
        resize_to=64,
        interpolation="area",
        modality="flow",
    )
    slow = ClipSpec(target_fps=12.5, frame_rate=25.0)
    assert ClipSpec.from_dict(json.loads(json.dumps(slow.to_dict()))) == slow
    assert ClipSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert ClipSpec(frame_size=32).frame_size == (32, 32)


@pytest.mark.parametrize(
    "settings",
    [
        {"num_frames": 8, "frames_per_segment": 3},
        {"num_frames": 0},
        {"frame_size": (8, 8, 3)},
        {"frame_size": (8, 0)},
        {"frame_stride": 0},
        {"sampler": "sement"},
        {"short_video": "mirror"},
        {"interpolation": "cubic"},
        {"resize_to": 7, "frame_size": 8},
        {"target_fps": 0},
        {"target_fps": 5.0, "modality": "flow"},
        {"frame_rate": float("inf")},
        {"frame_rate": 25.0, "modality": "flow"},
        {"resize_to": 9, "frame_size": 8, "crop_to_aspect_ratio": False},
    ],
)
def test_bad_settings(settings):
    first = next(iter(settings))
    with pytest.raises(ValueError, match=f"Received: .*{first}="):
        ClipSpec(**settings)


def test_a_card_from_before_flow_and_rates():
    config = ClipSpec().to_dict()
    del config["modality"], config["target_fps"], config["frame_rate"]
    assert ClipSpec.from_dict(config) == ClipSpec()


def test_unknown_entries_are_named():
    with pytest.raises(ValueError, match="fps"):
        ClipSpec.from_dict({"num_frames": 8, "fps": 25})


def test_load_clip_is_the_centre_in_time_and_space(video):
    clip = load_clip(video, ClipSpec(4, frame_size=16))
    assert clip.dtype == np.float32
    assert clip.shape == (4, 16, 16, 3)
    assert frame_numbers(clip) == [1, 3, 6, 8]
    np.testing.assert_array_equal(clip[2, 0, :, 1], np.arange(4, 20))


def test_training_draws_one_box_and_one_flip_for_all_frames(video):
    spec = ClipSpec(5, frame_size=8)
    flips = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        frames, flipped = load_frames(video, spec, rng, HALF, flip=True)
        columns = frames[..., 1].astype(int)
        assert (columns == columns[0, 0]).all()
        step = set(np.diff(columns[0, 0]).tolist())
        assert step == ({-1} if flipped else {1})
        flips.add(flipped)
    assert flips == {True, False}


def test_without_flip_the_other_draws_are_the_same(video):
    spec = ClipSpec(5, frame_size=8)
    for seed in range(6):
        pair = [
            load_frames(video, spec, np.random.default_rng(seed), HALF, flip)
            for flip in (False, True)
        ]
        (plain, never), (maybe, flipped) = pair
        assert not never
        turned = maybe[:, :, ::-1] if flipped else maybe
        np.testing.assert_array_equal(plain, turned)


@pytest.fixture
def timed(monkeypatch):
    """`frame_times` says 25 frames a second, for 10 frames."""
    times = np.arange(10) / 25
    monkeypatch.setattr(decode, "frame_times", lambda _: times)


def test_a_segment_is_a_video_of_its_own(video, timed):
    spec = ClipSpec(2, frame_size=16)
    clip = load_clip(video, spec, segment=(0.16, 0.4))
    # Frames 4 to 9; middles of two parts: 1 and 4 of six.
    assert frame_numbers(clip) == [5, 8]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        frames, _ = load_frames(video, spec, rng, segment=(0.16, 0.4))
        first, second = frame_numbers(frames)
        assert 4 <= first <= 6 < second <= 9


def test_target_fps_goes_before_the_sampler(video, timed):
    spec = ClipSpec(4, 16, "consecutive", target_fps=10)
    assert frame_numbers(load_clip(video, spec)) == [0, 2, 5, 7]
    half = load_clip(video, spec, segment=(0.2, 0.4))
    assert frame_numbers(half) == [5, 7, 5, 7]


def test_a_segment_behind_the_end_names_file_and_seconds(video, timed):
    with pytest.raises(decode.VideoDecodeError, match=r"numbered.*\(2, 3\)"):
        load_clip(video, ClipSpec(4, 16), segment=(2, 3))
    with pytest.raises(ValueError, match=r"segment=\(3, 2\)"):
        load_clip(video, ClipSpec(4, 16), segment=(3, 2))


def test_folders_of_images_have_no_seconds(tmp_path):
    spec = ClipSpec(4, 16, modality="flow")
    with pytest.raises(ValueError, match=r"segment=\(0, 1\)"):
        load_clip(tmp_path, spec, segment=(0, 1))


def test_another_reader_of_files(video):
    class Backwards:
        count_frames = staticmethod(decode.count_frames)

        @staticmethod
        def read_frames(path, indices):
            return decode.read_frames(path, 9 - indices)

    spec = ClipSpec(4, frame_size=16)
    clip = load_clip(video, spec, files=Backwards)
    assert frame_numbers(clip) == [8, 6, 3, 1]
    with pytest.raises(ValueError, match="this kind of file has none"):
        load_clip(video, spec, segment=(0, 1), files=Backwards)


def test_a_header_that_promises_too_much(video, monkeypatch):
    monkeypatch.setattr(decode, "count_frames", lambda path: 14)
    clip = load_clip(video, ClipSpec(4, frame_size=16))
    assert frame_numbers(clip) == [1, 3, 6, 8]
