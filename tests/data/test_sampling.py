import numpy as np
import pytest

from kvideo.data import sampling
from kvideo.data.spec import ClipSpec


def _rng(seed=0):
    return np.random.default_rng(seed)


def test_segment_takes_the_middle_of_each_part():
    # 10 frames, 4 parts: floor(10 (2 i + 1) / 8).
    assert sampling.segment(10, 4).tolist() == [1, 3, 6, 8]
    assert sampling.segment(9, 1).tolist() == [4]


def test_segment_takes_consecutive_frames():
    # 10 - 3 + 1 = 8 first frames, 2 parts: floor(8 (2 i + 1) / 4) = 2, 6.
    assert sampling.segment(10, 2, 3).tolist() == [2, 3, 4, 6, 7, 8]


def test_segment_equals_the_released_float_rule():
    for frames in range(24, 120, 7):
        tick = (frames - 3 + 1) / 8
        first = [int(tick / 2 + tick * i) for i in range(8)]
        assert sampling.segment(frames, 8, 3)[::3].tolist() == first


def test_segment_in_training_covers_each_part():
    # (13 - 2 + 1) // 3 = 4 first frames a part: 0-3, 4-7, 8-11.
    draws = np.stack(
        [sampling.segment(13, 3, 2, _rng(k)) for k in range(200)]
    ).reshape(-1, 3, 2)
    for part in range(3):
        first = set(draws[:, part, 0].tolist())
        assert first == set(range(4 * part, 4 * part + 4))
    assert (draws[:, :, 1] - draws[:, :, 0] == 1).all()


def test_dense_takes_the_middle_or_a_random_place():
    # 4 frames at stride 2 span 7 of 12: 5 to spare, 2 before.
    assert sampling.dense(12, 4, 2).tolist() == [2, 4, 6, 8]
    firsts = {int(sampling.dense(12, 4, 2, _rng(k))[0]) for k in range(200)}
    assert firsts == {0, 1, 2, 3, 4, 5}


def test_uniform_reaches_from_first_to_last():
    assert sampling.uniform(9, 3).tolist() == [0, 4, 8]
    assert sampling.uniform(10, 4).tolist() == [0, 3, 6, 9]
    assert sampling.uniform(6, 3).tolist() == [0, 3, 5]
    assert sampling.uniform(7, 1).tolist() == [3]
    assert sampling.uniform(4, 4, _rng()).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("short_video", "dense", "segment", "uniform"),
    [
        ("loop", [0, 1, 2, 0, 1], [0, 1, 1, 2, 2, 0], [0, 1, 2, 0]),
        ("repeat_last", [0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 2], [0, 1, 2, 2]),
    ],
)
def test_short_videos(short_video, dense, segment, uniform):
    keep = {"short_video": short_video}
    assert sampling.dense(3, 5, **keep).tolist() == dense
    assert sampling.segment(3, 3, 2, **keep).tolist() == segment
    assert sampling.uniform(3, 4, **keep).tolist() == uniform


@pytest.mark.parametrize("rng", [None, _rng()])
@pytest.mark.parametrize("num_video_frames", [1, 2, 7, 8, 30])
@pytest.mark.parametrize("short_video", ["loop", "repeat_last"])
def test_indices_lie_within_the_video(num_video_frames, rng, short_video):
    for indices in (
        sampling.segment(num_video_frames, 4, 3, rng, short_video),
        sampling.dense(num_video_frames, 12, 3, rng, short_video),
        sampling.uniform(num_video_frames, 12, rng, short_video),
    ):
        assert indices.shape == (12,)
        assert indices.dtype.kind == "i"
        assert indices.min() >= 0
        assert indices.max() < num_video_frames


def test_exactly_long_enough_is_not_short():
    assert len(sampling.segment(6, 4, 3, short_video="error")) == 12
    assert len(sampling.dense(7, 4, 2, short_video="error")) == 4
    for call in (
        lambda: sampling.segment(5, 4, 3, short_video="error"),
        lambda: sampling.dense(6, 4, 2, short_video="error"),
        lambda: sampling.uniform(3, 4, short_video="error"),
    ):
        with pytest.raises(ValueError, match="short_video='loop'"):
            call()


def test_bad_arguments():
    with pytest.raises(ValueError, match="short_video='mirror'"):
        sampling.dense(9, 4, short_video="mirror")
    with pytest.raises(ValueError, match="num_video_frames=0"):
        sampling.uniform(0, 4)
    with pytest.raises(ValueError, match="num_segments=0"):
        sampling.segment(9, 0)


@pytest.mark.parametrize(
    ("settings", "indices"),
    [
        ({"num_frames": 6, "frames_per_segment": 3}, [2, 3, 4, 6, 7, 8]),
        ({"num_frames": 3, "sampler": "uniform"}, [0, 5, 9]),
        (
            {"num_frames": 4, "sampler": "dense", "frame_stride": 2},
            [1, 3, 5, 7],
        ),
    ],
)
def test_sample_follows_the_specification(settings, indices):
    assert sampling.sample(10, ClipSpec(**settings)).tolist() == indices
