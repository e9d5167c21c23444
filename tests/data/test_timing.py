import numpy as np
import pytest

from kvideo.data.timing import check_segment, frames_on_time

TEN = np.arange(10) / 25


def test_as_it_is():
    assert frames_on_time(TEN).tolist() == list(range(10))
    assert frames_on_time([0.0]).tolist() == [0]


def test_lower_rate_by_hand():
    # 0.4 s at 10 a second: 0, 0.1, 0.2, 0.3 s; frames of 0.04 s.
    assert frames_on_time(TEN, 10).tolist() == [0, 2, 5, 7]


def test_higher_rate_repeats_frames():
    assert frames_on_time(TEN[:3], 50).tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("fps", [12, 23.976, 25, 30, 59.94, 60])
@pytest.mark.parametrize("digits", [3, 9])
def test_the_own_rate_changes_nothing(fps, digits):
    """Also where the container rounds its times to milliseconds."""
    times = np.round(np.arange(300) / fps, digits)
    assert frames_on_time(times, fps).tolist() == list(range(300))


def test_variable_rate():
    """A frame that stays for long is taken at each of its instants."""
    times = [0.0, 0.1, 0.2, 0.7, 0.8]
    assert frames_on_time(times, 10).tolist() == [0, 1, 2, 2, 2, 2, 2, 3, 4]


def test_segments_by_hand():
    assert frames_on_time(TEN, segment=(0.08, 0.2)).tolist() == [2, 3, 4]
    assert frames_on_time(TEN, segment=(0.3, 9.0)).tolist() == [8, 9]
    # Shorter than a frame: the one on the screen.
    assert frames_on_time(TEN, segment=(0.09, 0.1)).tolist() == [2]
    assert frames_on_time(TEN, segment=(0.41, 0.5)).tolist() == []
    assert frames_on_time(TEN, 10, (0.08, 0.28)).tolist() == [2, 4]


def test_any_rate_and_part_gives_frames_of_the_part():
    rng = np.random.default_rng(0)
    for _ in range(200):
        gaps = rng.uniform(0.005, 0.2, rng.integers(1, 40))
        times = np.concatenate([[0.0], np.cumsum(gaps)])
        start, length = rng.uniform(0, times[-1]), rng.uniform(0, 3)
        fps = float(rng.uniform(1, 90))
        numbers = frames_on_time(times, fps, (start, start + length))
        assert (np.diff(numbers) >= 0).all()
        assert numbers.min() >= 0 and numbers.max() < len(times)
        at = times[numbers]
        assert at[0] <= start + 2e-3
        assert at.max() < start + max(length, 1e-3)
        assert len(numbers) <= np.ceil(length * fps) + 1


@pytest.mark.parametrize(
    "segment", [(1,), (2, 1), (1, 1), (-1, 2), (float("nan"), 2)]
)
def test_bad_segments(segment):
    with pytest.raises(ValueError, match=r"start < end\. Received: segment="):
        check_segment(segment)


def test_good_segments():
    check_segment(None)
    check_segment((0, 1.5))
