import numpy as np
import pytest

from kvideo.data import sampling
from kvideo.data.loader import generator
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
    # 4 frames at stride 2 take up 8 of 12: 4 to spare, 2 before.
    assert sampling.dense(12, 4, 2).tolist() == [2, 4, 6, 8]
    firsts = {int(sampling.dense(12, 4, 2, _rng(k))[0]) for k in range(200)}
    assert firsts == {0, 1, 2, 3, 4}
    # A video without the gap after the last frame is no short one.
    assert sampling.dense(7, 4, 2, _rng(), "error").tolist() == [0, 2, 4, 6]


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
@pytest.mark.parametrize("num_video_frames", [1, 2, 4, 5, 7, 8, 30, 300])
@pytest.mark.parametrize("short_video", ["loop", "repeat_last", "released"])
@pytest.mark.parametrize("clip", [(0, 1), (1, 2), (9, 10)])
def test_indices_lie_within_the_video(num_video_frames, rng, short_video, clip):
    rest = rng, short_video, clip
    for indices in (
        sampling.segment(num_video_frames, 4, 3, *rest),
        sampling.dense(num_video_frames, 12, 3, *rest),
        sampling.uniform(num_video_frames, 12, *rest),
    ):
        assert indices.shape == (12,)
        assert indices.dtype.kind == "i"
        assert indices.min() >= 0
        assert indices.max() < num_video_frames


def test_long_videos_give_rising_frames_from_all_over():
    """The mean over many draws is the middle of the video."""
    for name, settings in (
        ("segment", {"frames_per_segment": 2}),
        ("dense", {"frame_stride": 5}),
        ("uniform", {}),
        ("consecutive", {}),
    ):
        spec = ClipSpec(8, sampler=name, **settings)
        draws = np.stack(
            [sampling.sample(200, spec, _rng(k)) for k in range(300)]
        )
        assert (np.diff(draws) > 0).all()
        centre = sampling.sample(200, spec)
        assert abs(centre.mean() - 99.5) <= 2.5
        # Up to the gap after the last frame, and the rounding of parts.
        assert abs(draws.mean() - 99.5) < 8


def test_a_draw_depends_on_seed_epoch_and_file_alone():
    spec = ClipSpec(8, sampler="segment")
    draw = {
        key: sampling.sample(999, spec, generator(*key)).tolist()
        for key in [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)]
    }
    assert len({str(indices) for indices in draw.values()}) == 4
    for key, indices in draw.items():
        again = sampling.sample(999, spec, generator(*key))
        assert again.tolist() == indices


def test_consecutive_is_dense_at_stride_one():
    spec = ClipSpec(4, sampler="consecutive")
    assert sampling.sample(10, spec).tolist() == [3, 4, 5, 6]
    firsts = {sampling.sample(6, spec, _rng(k))[0] for k in range(50)}
    assert firsts == {0, 1, 2}


def test_segment_clips_by_hand():
    # 12 first frames, 2 parts of 6: shares 1/2, 5/6, 1/6 of each.
    clips = [sampling.segment(12, 2, clip=(j, 3)) for j in range(3)]
    assert np.stack(clips).tolist() == [[3, 9], [5, 11], [1, 7]]


def test_dense_clips_by_hand():
    # 4 frames at stride 2 take up 8 of 17: starts 0, 3, 6, 9.
    firsts = [sampling.dense(17, 4, 2, clip=(j, 4))[0] for j in range(4)]
    assert firsts == [0, 3, 6, 9]


def test_uniform_clips_interleave():
    clips = [sampling.uniform(12, 3, clip=(j, 2)) for j in range(2)]
    # Six frames from 0 to 11: 0, 2.2, 4.4, 6.6, 8.8, 11.
    assert np.stack(clips).tolist() == [[0, 4, 9], [2, 7, 11]]


def _released_test(n, segments, length, twice=False):
    """Of TSM and BQN in testing: float steps, a cursor that stops at n."""
    tick = (n - length + 1) / segments
    first = [int(tick / 2 + tick * i) for i in range(segments)]
    if twice:
        first += [int(tick * i) for i in range(segments)]
    return [min(f + i, n - 1) for f in first for i in range(length)]


@pytest.mark.parametrize(("segments", "length"), [(8, 1), (8, 3), (16, 3)])
def test_twice_sample_equals_the_released_rule(segments, length):
    """From 3 frames on, so also where the video is short."""
    for n in range(length, 200):
        clips = [
            sampling.segment(n, segments, length, None, "released", clip=(j, 2))
            for j in range(2)
        ]
        both = np.concatenate(clips).tolist()
        assert both == _released_test(n, segments, length, twice=True)
        if n >= segments + length - 1:
            ours = sampling.segment(n, segments, length)
            assert both[: len(ours)] == ours.tolist()


def test_ten_dense_clips_equal_the_released_rule():
    """64 frames a clip, looped where the video is shorter."""
    for n in range(1, 400, 3):
        starts = np.linspace(0, max(1, 1 + n - 64) - 1, num=10)
        for j, start in enumerate(starts):
            # Their floats may fall just short of an integer.
            start = int(start + 1e-6)
            expected = [(8 * i + start) % n for i in range(8)]
            for short in ("loop", "released"):
                clip = sampling.dense(n, 8, 8, None, short, (j, 10))
                assert clip.tolist() == expected


def _bqn_dense(n, segments, length):
    """Of BQN's code in testing: ten clips of runs of `length` frames."""
    starts = np.linspace(0, max(1, 1 + n - length * segments) - 1, num=10)
    # Their floats may fall just short of an integer.
    for start in (int(start + 1e-6) for start in starts):
        runs = [(i * length + start) % n for i in range(segments)]
        yield [min(run + i, n - 1) for run in runs for i in range(length)]


@pytest.mark.parametrize(("segments", "length"), [(8, 3), (16, 3), (8, 1)])
def test_dense_clips_of_bqn_equal_the_released_rule(segments, length):
    spec = ClipSpec(
        num_frames=segments * length,
        sampler="consecutive",
        frames_per_segment=length,
        short_video="released",
    )
    for n in range(1, 200):
        for j, expected in enumerate(_bqn_dense(n, segments, length)):
            clip = sampling.sample(n, spec, clip=(j, 10))
            assert clip.tolist() == expected


def test_released_draws_for_short_videos():
    """Sorted first frames down to S + 1 frames, then the first one."""
    draws = np.stack(
        [sampling.segment(9, 8, 3, _rng(k), "released") for k in range(200)]
    ).reshape(-1, 8, 3)
    first = draws[:, :, 0]
    assert (np.diff(first) >= 0).all()
    assert set(first.ravel().tolist()) == set(range(7))
    np.testing.assert_array_equal(draws[:, :, 2], first + 2)
    still = sampling.segment(8, 8, 3, _rng(), "released")
    assert still.reshape(8, 3).tolist() == [[0, 1, 2]] * 8
    stop = sampling.segment(2, 8, 3, _rng(), "released")
    assert stop.reshape(8, 3).tolist() == [[0, 1, 1]] * 8


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
    for clip in ((2, 2), (-1, 2), (0, 0)):
        with pytest.raises(ValueError, match=r"0 <= j < V\. Received: clip="):
            sampling.dense(9, 4, clip=clip)


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
