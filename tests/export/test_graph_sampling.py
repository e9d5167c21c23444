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
