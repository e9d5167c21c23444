import numpy as np
import pytest

from kvideo.data.timing import (
    NoTimesError,
    check_segment,
    frames_on_time,
    has_another_rate,
    times_of,
)

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


@pytest.mark.parametrize(
    ("rate", "another"),
    [
        *((25, False), (24, False), (26, False)),
        *((23.7, True), (26.6, True), (12.5, True), (50, True), (30, True)),
    ],
)
@pytest.mark.parametrize("digits", [3, 9])
def test_rates_that_pass_for_25(rate, another, digits):
    times = np.round(np.arange(60) / rate, digits)
    assert has_another_rate(times, 25) == another


def test_uneven_steps_are_another_rate():
    uneven = np.cumsum([0] + [0.02, 0.06] * 20)
    assert np.diff(uneven).mean() == pytest.approx(1 / 25)
    assert has_another_rate(uneven, 25)
    shaken = np.arange(60) / 25 + np.tile([0, 0.001], 30)
    assert not has_another_rate(shaken, 25)
    # One frame of 60 was lost.
    assert not has_another_rate(np.delete(np.arange(60), 30) / 25, 25)
    assert not has_another_rate(uneven, None)
    assert not has_another_rate([0.0], 25)


def test_the_usual_rate_by_hand():
    def usual(times, segment=None):
        found = frames_on_time(times, None, segment, frame_rate=25)
        return found.tolist()

    assert usual(TEN) == list(range(10))
    assert usual(np.arange(8) / 50) == [0, 2, 4, 6]
    assert usual(np.arange(3) / 12.5) == [0, 0, 1, 1, 2, 2]
    # Frames at 0, 33, 67, 100, 133, 167 ms; instants at 0, 40, ... 160 ms.
    assert usual(np.arange(6) / 30) == [0, 1, 2, 4, 5]
    assert usual(np.arange(50) / 50, (0.1, 0.2)) == [5, 7, 9]
    # A part decides for itself.
    mixed = np.r_[np.arange(10) / 25, 0.4 + np.arange(10) / 50]
    assert usual(mixed, (0, 0.2)) == [0, 1, 2, 3, 4]
    assert usual(mixed, (0.4, 0.52)) == [10, 12, 14]


def test_a_wanted_rate_is_before_the_usual_one():
    found = frames_on_time(np.arange(8) / 50, 50, frame_rate=25)
    assert found.tolist() == list(range(8))


@pytest.mark.parametrize("rate", [12.5, 20, 30, 47, 60, 120])
def test_nearest_frames_are_half_a_frame_away_at_most(rate):
    times = np.arange(200) / rate
    numbers = frames_on_time(times, frame_rate=25)
    apart = np.abs(times[numbers] - np.arange(len(numbers)) / 25)
    assert apart[:-1].max() <= 0.5 / rate + 1e-3


def test_files_without_times():
    class Untimed:
        def frame_times(self, path):
            raise NoTimesError("none")

    class Timed:
        def frame_times(self, path):
            return [0, 1]

    assert times_of(object(), "a") is None
    assert times_of(Untimed(), "a") is None
    assert times_of(Timed(), "a").tolist() == [0, 1]
