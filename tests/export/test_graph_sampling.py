import numpy as np
import pytest
import tensorflow as tf

from kvideo.data import ClipSpec, sampling, timing
from kvideo.export import graph_sampling

SPECS = [
    {"num_frames": 4},
    {"num_frames": 1},
    {"num_frames": 6, "frames_per_segment": 3},
    {"num_frames": 4, "sampler": "dense", "frame_stride": 3},
    {"num_frames": 5, "sampler": "consecutive"},
    {"num_frames": 6, "sampler": "consecutive", "frames_per_segment": 3},
    {"num_frames": 6, "sampler": "dense", "frame_stride": 2}
    | {"frames_per_segment": 3},
    {"num_frames": 5, "sampler": "uniform"},
    {"num_frames": 1, "sampler": "uniform"},
]


@pytest.mark.parametrize("short_video", sampling.SHORT_VIDEO)
def test_the_numbers_are_those_of_the_samplers(short_video):
    for settings in SPECS:
        spec = ClipSpec(**settings, short_video=short_video)
        for count in (1, 2, 3, 4, 5, 6, 11, 19):
            try:
                expected = sampling.sample(count, spec)
            except ValueError:
                with pytest.raises(tf.errors.InvalidArgumentError):
                    graph_sampling.sample(tf.constant(count), spec)
                continue
            found = graph_sampling.sample(tf.constant(count), spec)
            np.testing.assert_array_equal(found, expected, str((spec, count)))


@pytest.mark.parametrize("fps", [1, 7.5, 24, 90.0])
@pytest.mark.parametrize("count", [1, 2, 3, 30])
def test_times_give_the_frames_on_the_screen(fps, count):
    rng = np.random.default_rng(count)
    times = np.cumsum(rng.uniform(0.01, 0.1, count))
    times -= times[0]
    np.testing.assert_array_equal(
        graph_sampling.frames_on_time(tf.constant(times), fps),
        timing.frames_on_time(times, fps),
    )


@pytest.mark.parametrize("rate", [12.5, 24, 25, 30, 50])
@pytest.mark.parametrize("count", [1, 2, 3, 30])
def test_another_rate_is_told_as_of_a_file(rate, count):
    even = np.arange(count) / rate
    uneven = np.cumsum(np.random.default_rng(count).uniform(0.01, 0.1, count))
    for times in (even, uneven - uneven[0]):
        tensor = tf.constant(times)
        found = bool(graph_sampling.has_another_rate(tensor, 25.0))
        assert found == timing.has_another_rate(times, 25)
        if found:
            np.testing.assert_array_equal(
                graph_sampling.nearest_on_time(tensor, 25.0),
                timing.frames_on_time(times, frame_rate=25),
            )
