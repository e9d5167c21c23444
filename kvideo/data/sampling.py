"""Which frames of a video make a clip: integers in, integers out.

Each sampler takes the number of frames in the video and gives the T frame
numbers of a clip, from 0. With `rng=None` it is the fixed choice of testing;
with a `numpy.random.Generator` the random choice of training.

A video with fewer frames than the sampler needs is treated by `short_video`:
`"loop"` (it starts again), `"repeat_last"` (it stands still at its end) or
`"error"`.
"""

import numpy as np

SAMPLERS = ("segment", "dense", "uniform")
SHORT_VIDEO = ("loop", "repeat_last", "error")


def sample(num_video_frames, spec, rng=None):
    """The frame numbers that a `ClipSpec` asks for: `(T,)`.

    Args:
        num_video_frames: number of frames in the video, at least 1.
        spec: a `kvideo.data.ClipSpec`.
        rng: `numpy.random.Generator` for training, `None` for testing.
    """
    frames, short = spec.num_frames, spec.short_video
    if spec.sampler == "segment":
        length = spec.frames_per_segment
        segments = frames // length
        return segment(num_video_frames, segments, length, rng, short)
    if spec.sampler == "dense":
        stride = spec.frame_stride
        return dense(num_video_frames, frames, stride, rng, short)
    return uniform(num_video_frames, frames, rng, short)


def segment(
    num_video_frames,
    num_segments,
    frames_per_segment=1,
    rng=None,
    short_video="loop",
):
    """L consecutive frames from each of S equal parts of the video.

    In testing from the middle of each part, in training from a random place
    within it. Parts are equal shares of the n - L + 1 possible first frames,
    so that the last part, too, has all its frames.

    Args:
        num_video_frames: n, at least 1.
        num_segments: S, at least 1.
        frames_per_segment: L, at least 1: 1 for TSN and TSM, 3 for BQN.
        rng: `numpy.random.Generator`, or `None` for testing.
        short_video: what to do when n < S + L - 1.

    Returns:
        Integers `(S * L,)`.

    Reference:
        Wang et al., Temporal Segment Networks, ECCV 2016; the released code
        of BQN. Where the parts are shorter than a frame, that code draws
        sorted random frames, or takes the first; here `short_video` decides.
    """
    _positive(num_segments=num_segments, frames_per_segment=frames_per_segment)
    needed = num_segments + frames_per_segment - 1
    length = _length(num_video_frames, needed, short_video)
    starts = length - frames_per_segment + 1
    part = np.arange(num_segments)
    if rng is None:
        first = starts * (2 * part + 1) // (2 * num_segments)
    else:
        share = starts // num_segments
        first = share * part + rng.integers(share, size=num_segments)
    indices = first[:, None] + np.arange(frames_per_segment)
    return _within(indices.reshape(-1), num_video_frames, short_video)


def dense(
    num_video_frames,
    num_frames,
    frame_stride=1,
    rng=None,
    short_video="loop",
):
    """T frames at a fixed stride: from the middle, or from a random place.

    Args:
        num_video_frames: n, at least 1.
        num_frames: T, at least 1.
        frame_stride: distance between neighbouring frames, at least 1.
        rng: `numpy.random.Generator`, or `None` for testing.
        short_video: what to do when n < (T - 1) * frame_stride + 1.

    Returns:
        Integers `(T,)`.
    """
    _positive(num_frames=num_frames, frame_stride=frame_stride)
    span = (num_frames - 1) * frame_stride + 1
    room = _length(num_video_frames, span, short_video) - span
    first = room // 2 if rng is None else rng.integers(room + 1)
    indices = first + frame_stride * np.arange(num_frames)
    return _within(indices, num_video_frames, short_video)


def uniform(num_video_frames, num_frames, rng=None, short_video="loop"):
    """T frames spread evenly from the first to the last.

    The same in training and in testing; `rng` is not used.

    Args:
        num_video_frames: n, at least 1.
        num_frames: T, at least 1; a single frame is the middle one.
        rng: taken so that all samplers are called alike.
        short_video: what to do when n < T.

    Returns:
        Integers `(T,)`.
    """
    _positive(num_frames=num_frames)
    last = _length(num_video_frames, num_frames, short_video) - 1
    if num_frames == 1:
        indices = np.array([(last + 1) // 2])
    else:
        gaps = num_frames - 1
        # Rounded to the nearest frame, halves up.
        indices = (2 * last * np.arange(num_frames) + gaps) // (2 * gaps)
    return _within(indices, num_video_frames, short_video)


def _length(num_video_frames, needed, short_video):
    """Length of the video, or of the longer one that stands for it."""
    _positive(num_video_frames=num_video_frames)
    if short_video not in SHORT_VIDEO:
        raise ValueError(
            f"`short_video` should be one of {', '.join(SHORT_VIDEO)}. "
            f"Received: short_video={short_video!r}"
        )
    if short_video == "error" and num_video_frames < needed:
        raise ValueError(
            f"The video has {num_video_frames} frames and the sampler needs "
            f"{needed}. Ask for fewer frames, or pass short_video='loop' or "
            "'repeat_last'."
        )
    return max(num_video_frames, needed)


def _within(indices, num_video_frames, short_video):
    if short_video == "repeat_last":
        return np.minimum(indices, num_video_frames - 1)
    return indices % num_video_frames


def _positive(**arguments):
    for name, value in arguments.items():
        if value < 1:
            raise ValueError(
                f"`{name}` should be at least 1. Received: {name}={value}"
            )
