import json

import numpy as np
import pytest

from kvideo.data import decode
from kvideo.data.spec import ClipSpec, load_clip, load_frames
from tests.support.videos import frame_numbers, write_numbered_video


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
        {"resize_to": 9, "frame_size": 8, "crop_to_aspect_ratio": False},
    ],
)
def test_bad_settings(settings):
    first = next(iter(settings))
    with pytest.raises(ValueError, match=f"Received: .*{first}="):
        ClipSpec(**settings)


def test_a_card_from_before_flow_means_rgb():
    config = ClipSpec().to_dict()
    del config["modality"]
    assert ClipSpec.from_dict(config).modality == "rgb"


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
        frames, flipped = load_frames(video, spec, rng, (0.5,), flip=True)
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
            load_frames(video, spec, np.random.default_rng(seed), (0.5,), flip)
            for flip in (False, True)
        ]
        (plain, never), (maybe, flipped) = pair
        assert not never
        turned = maybe[:, :, ::-1] if flipped else maybe
        np.testing.assert_array_equal(plain, turned)


def test_a_header_that_promises_too_much(video, monkeypatch):
    monkeypatch.setattr(decode, "count_frames", lambda path: 14)
    clip = load_clip(video, ClipSpec(4, frame_size=16))
    assert frame_numbers(clip) == [1, 3, 6, 8]
