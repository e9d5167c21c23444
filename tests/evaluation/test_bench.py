"""Timing of forward passes."""

import os
import time

import numpy as np
import pytest

from kvideo.evaluation.bench import available_cores, random_clip, time_forward


class Sleeper:
    """A network that takes ten milliseconds."""

    def __init__(self):
        self.batches = []

    def predict_on_batch(self, clips):
        time.sleep(0.01)
        self.batches.append(clips.shape)


def test_passes_after_the_warm_up_are_timed():
    model = Sleeper()
    seconds = time_forward(model, random_clip((2, 4, 4, 3)), runs=3, warmup=2)
    assert model.batches == [(1, 2, 4, 4, 3)] * 5
    assert len(seconds) == 3
    assert all(s >= 0.01 for s in seconds)


def test_random_clip_is_of_pixels():
    clip = random_clip((2, 16, 16, 3))
    assert clip.dtype == np.float32
    assert clip.min() >= 0
    assert 200 < clip.max() < 255
    assert np.array_equal(clip, random_clip((2, 16, 16, 3)))


def test_no_runs_are_refused():
    with pytest.raises(ValueError, match="runs=0"):
        time_forward(Sleeper(), random_clip((1, 2, 2, 3)), runs=0)


def test_cores_are_those_of_this_process():
    assert 1 <= available_cores() <= os.cpu_count()
