import itertools

import numpy as np
import pytest

from kvideo.data import ClipSpec
from kvideo.data.pace import at_rate

DENSE = ClipSpec(4, 8, "dense", frame_stride=2, frame_rate=25)


def numbers(times, spec=DENSE):
    return [
        number for _, number in at_rate(zip(times, itertools.count()), spec)
    ]


def test_usual_frames_as_they_come():
    for rate in (24, 25, 26):
        assert numbers(np.arange(100) / rate) == list(range(100))


def test_twice_the_rate_leaves_out_every_second():
    assert numbers(np.arange(100) / 50) == list(range(0, 100, 2))


def test_half_the_rate_repeats_each():
    """At a stride of 2 these are each frame once."""
    found = numbers(np.arange(40) / 12.5)
    assert found == [0, *np.arange(1, 40).repeat(2)]
    assert found[::2] == list(range(40))


@pytest.mark.parametrize("rate", [10, 15, 30, 60, 120])
def test_instants_are_those_of_the_usual_rate(rate):
    times = np.arange(4 * rate) / rate
    found = times[numbers(times)]
    instants = np.arange(len(found)) / 25
    assert np.abs(found - instants).max() <= 1 / rate + 1e-9


def test_a_rate_that_changes():
    """The last second tells: a camera in the dark."""
    times = np.r_[np.arange(50) / 25, 2 + np.arange(50) / 12.5]
    found = numbers(times)
    assert found[:50] == list(range(50))
    assert found[-40:] == list(np.arange(80, 100).repeat(2))


def test_a_gap_is_a_clip_at_most():
    found = numbers([0, 0.02, 0.04, 100, 100.02])
    assert found.count(3) == 8


def test_a_wanted_rate():
    spec = ClipSpec(4, 8, "dense", target_fps=10.0)
    assert numbers(np.arange(10) / 20, spec) == [0, 2, 4, 6, 8]
    assert numbers(np.arange(4) / 5, spec) == [0, 1, 1, 2, 2, 3, 3]


def test_samplers_without_a_stride_take_all():
    spec = ClipSpec(4, 8, frame_rate=25)
    assert numbers(np.arange(10) / 50, spec) == list(range(10))
