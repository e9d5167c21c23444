"""Which frames of a record make the clip, as operations of a graph.

`kvideo.data.sampling` in test mode and `kvideo.data.timing`, for a number of
frames that is known at run time; tests/export/test_graph_sampling.py holds it
to them. One clip, the one in the middle.
"""

import tensorflow as tf

from kvideo.data.timing import ALIKE, TOLERANCE


def sample(count, spec):
    """The frame numbers that `spec` asks for.

    Args:
        count: Frames in the video, int32 tensor (), at least 1.
        spec: A `kvideo.data.ClipSpec`.

    Returns:
        int32 (T,).

    Raises:
        tf.errors.InvalidArgumentError: Too few frames, and
            `short_video="error"`.
    """
    needed, choose = _SAMPLERS[spec.sampler](spec)
    ends = spec.short_video
    if ends == "error":
        tf.debugging.Assert(count >= needed, ["Too few frames:", count])
    length = count if ends == "released" else tf.maximum(count, needed)
    numbers = choose(length)
    stretched = ends == "released" and spec.sampler == "segment"
    if ends == "repeat_last" or stretched:
        return tf.minimum(numbers, count - 1)
    if ends == "released" and spec.sampler != "uniform":
        return _in_runs(numbers, spec, count)
    return numbers % count


def _in_runs(numbers, spec, count):
    """`kvideo.data.sampling._in_runs`."""
    stride = spec.frame_stride if spec.sampler == "dense" else 1
    place = tf.range(spec.num_frames) % spec.frames_per_segment
    start = (numbers - stride * place) % count
    return tf.minimum(start + stride * place, count - 1)


def _segment(spec):
    per_segment = spec.frames_per_segment
    segments = spec.num_frames // per_segment

    def choose(length):
        starts = tf.maximum(1, length - per_segment + 1)
        first = starts * (2 * tf.range(segments) + 1) // (2 * segments)
        return tf.reshape(first[:, None] + tf.range(per_segment), [-1])

    return segments + per_segment - 1, choose


def _dense(spec):
    stride = spec.frame_stride if spec.sampler == "dense" else 1
    frames = spec.num_frames

    def choose(length):
        room = tf.maximum(0, length - frames * stride)
        return room // 2 + stride * tf.range(frames)

    return (frames - 1) * stride + 1, choose


def _uniform(spec):
    gaps = spec.num_frames - 1

    def choose(length):
        if not gaps:
            return length[None] // 2
        steps = 2 * (length - 1) * tf.range(spec.num_frames)
        return (steps + gaps) // (2 * gaps)

    return spec.num_frames, choose


_SAMPLERS = {
    "segment": _segment,
    "dense": _dense,
    "consecutive": _dense,
    "uniform": _uniform,
}


def frames_on_time(times, fps):
    """`kvideo.data.timing.frames_on_time` of a whole video.

    Args:
        times: Seconds after the first frame, float64 (n,), n at least 1.
        fps: Frames a second.

    Returns:
        int32 (m,), m at least 1.
    """
    instants = _instants(times, fps)
    return tf.searchsorted(times, instants + TOLERANCE, side="right") - 1


def nearest_on_time(times, frame_rate):
    """The same at the usual rate, where the nearest frames are taken."""
    middles = (times[1:] + times[:-1]) / 2
    instants = _instants(times, frame_rate)
    return tf.searchsorted(middles, instants - TOLERANCE)


def _instants(times, fps):
    end = times[-1] + _frame_duration(times, fps)
    steps = tf.cast(tf.math.ceil((end - TOLERANCE) * fps), tf.int32)
    return tf.cast(tf.range(tf.maximum(1, steps)), tf.float64) / fps


def has_another_rate(times, frame_rate):
    """`kvideo.data.timing.has_another_rate`, a boolean tensor.

    Args:
        times: Seconds, float64 (n,), n from 0.
        frame_rate: Frames a second.
    """
    steps = times[1:] - times[:-1]
    mean = tf.math.divide_no_nan(
        tf.reduce_sum(steps), tf.cast(tf.size(steps), tf.float64)
    )
    apart = tf.abs(mean * frame_rate - 1)
    far = tf.maximum(tf.abs(steps - mean) - TOLERANCE, 0)
    uneven = tf.reduce_mean(far) * frame_rate
    return (tf.size(steps) > 0) & (tf.maximum(apart, uneven) > ALIKE)


def _frame_duration(times, fps):
    """The median distance of two frames; 1 / fps where there is one."""
    gaps = tf.sort(times[1:] - times[:-1])
    gaps = tf.cond(
        tf.size(gaps) > 0,
        lambda: gaps,
        lambda: tf.constant([1 / fps], tf.float64),
    )
    number = tf.size(gaps)
    return (gaps[(number - 1) // 2] + gaps[number // 2]) / 2
