"""Which frames of a video make a clip: integers in, integers out.

Each sampler takes the number of frames in the video and gives the T frame
numbers of a clip, from 0. With `rng=None` it is the fixed choice of testing;
with a `numpy.random.Generator` the random choice of training. In testing,
`clip=(j, V)` asks for clip j of V that are spread over the video; `(0, 1)` is
the one in its middle.

A video with fewer frames than the sampler needs is treated by `short_video`:

- `"loop"`: it starts again;
- `"repeat_last"`: it stands still at its end;
- `"error"`: a ValueError;
- `"released"`: as the code that the authors of TSM and BQN released: segment
  stretches the video in testing and draws sorted frames in training, dense
  loops, but stands still at the end inside a run of `frames_per_segment`
  frames. For weights that were trained with it.
"""

import numpy as np

SAMPLERS = ("segment", "dense", "uniform", "consecutive")
SHORT_VIDEO = ("loop", "repeat_last", "error", "released")


def sample(num_video_frames, spec, rng=None, clip=(0, 1)):
    """The frame numbers that a `ClipSpec` asks for: `(T,)`.

    Args:
        num_video_frames: number of frames in the video, at least 1.
        spec: a `kvideo.data.ClipSpec`.
        rng: `numpy.random.Generator` for training, `None` for testing.
        clip: (j, V), in testing: clip j, from 0, of V.
    """
    frames = spec.num_frames
    rest = rng, spec.short_video, clip
    if spec.sampler == "segment":
        length = spec.frames_per_segment
        return segment(num_video_frames, frames // length, length, *rest)
    if spec.sampler == "uniform":
        return uniform(num_video_frames, frames, *rest)
    stride = spec.frame_stride if spec.sampler == "dense" else 1
    clip = dense(num_video_frames, frames, stride, *rest)
    if spec.short_video == "released":
        return _in_runs(clip, spec.frames_per_segment, stride, num_video_frames)
    return clip


def needed(spec):
    """Frames of the shortest video that a `ClipSpec` takes a clip from.

    One that is shorter is treated by `short_video`.
    """
    frames, length = spec.num_frames, spec.frames_per_segment
    if spec.sampler == "segment":
        return frames // length + length - 1
    stride = spec.frame_stride if spec.sampler == "dense" else 1
    return (frames - 1) * stride + 1


def segment(
    num_video_frames,
    num_segments,
    frames_per_segment=1,
    rng=None,
    short_video="loop",
    clip=(0, 1),
):
    """L consecutive frames from each of S equal parts of the video.

    In testing from the middle of each part, in training from a random place
    within it. Parts are equal shares of the n - L + 1 possible first frames,
    so that the last part, too, has all its frames. Of V test clips, clip j
    starts at the share (1/2 + j/V) mod 1 of each part: with V = 2 these are
    the middles and the beginnings, the `twice_sample` of TSM and BQN.

    Args:
        num_video_frames: n, at least 1.
        num_segments: S, at least 1.
        frames_per_segment: L, at least 1: 1 for TSN and TSM, 3 for BQN.
        rng: `numpy.random.Generator`, or `None` for testing.
        short_video: what to do when n < S + L - 1.
        clip: (j, V), see above; testing only.

    Returns:
        Integers `(S * L,)`.

    Reference:
        Wang et al., Temporal Segment Networks, ECCV 2016; the released code
        of TSM and BQN, whose numbers these are, but for short videos.
    """
    _positive(num_segments=num_segments, frames_per_segment=frames_per_segment)
    needed = num_segments + frames_per_segment - 1
    length = _length(num_video_frames, needed, short_video)
    starts = max(1, length - frames_per_segment + 1)
    part = np.arange(num_segments)
    if rng is None:
        number, clips = _checked(clip)
        # The share of a part in 1 / (2 V), so that all stays integer.
        share = (clips + 2 * number) % (2 * clips)
        place = 2 * clips * part + share
        first = starts * place // (2 * clips * num_segments)
    elif starts >= num_segments:
        step = starts // num_segments
        first = step * part + rng.integers(step, size=num_segments)
    else:
        first = _squeezed(num_video_frames, starts, num_segments, rng)
    indices = first[:, None] + np.arange(frames_per_segment)
    ends = "repeat_last" if short_video == "released" else short_video
    return _within(indices.reshape(-1), num_video_frames, ends)


def dense(
    num_video_frames,
    num_frames,
    frame_stride=1,
    rng=None,
    short_video="loop",
    clip=(0, 1),
):
    """T frames at a fixed stride: from the middle, or from a random place.

    A clip takes up T * frame_stride frames, the gap after its last one
    included, as in the released code of TSM (64 frames) and SlowFast. Of V
    test clips the first starts with the video, the last ends with it, and the
    others lie evenly between.

    Args:
        num_video_frames: n, at least 1.
        num_frames: T, at least 1.
        frame_stride: distance between neighbouring frames, at least 1.
        rng: `numpy.random.Generator`, or `None` for testing.
        short_video: what to do when n < (T - 1) * frame_stride + 1.
        clip: (j, V), see above; testing only.

    Returns:
        Integers `(T,)`.

    Reference:
        Wang et al., Non-local Neural Networks, CVPR 2018; the released code of
        TSM and BQN. That code never draws the last of the possible starts;
        here it is as likely as the others.
    """
    _positive(num_frames=num_frames, frame_stride=frame_stride)
    span = (num_frames - 1) * frame_stride + 1
    length = _length(num_video_frames, span, short_video)
    room = max(0, length - num_frames * frame_stride)
    if rng is None:
        number, clips = _checked(clip)
        first = room * number // (clips - 1) if clips > 1 else room // 2
    else:
        first = rng.integers(room + 1)
    indices = first + frame_stride * np.arange(num_frames)
    return _within(indices, num_video_frames, short_video)


def _in_runs(clip, length, stride, num_video_frames):
    """The dense clip of BQN's code: starts loop, the runs after them stop."""
    start = np.repeat(clip[::length], length)[: len(clip)]
    place = np.arange(len(clip)) % length
    return np.minimum(start + stride * place, num_video_frames - 1)


def uniform(
    num_video_frames, num_frames, rng=None, short_video="loop", clip=(0, 1)
):
    """T frames spread evenly from the first to the last.

    The same in training and in testing; `rng` is not used. Of V test clips,
    clip j is every V-th of V * T such frames, from frame j on.

    Args:
        num_video_frames: n, at least 1.
        num_frames: T, at least 1; a single frame is the middle one.
        rng: taken so that all samplers are called alike.
        short_video: what to do when n < V * T.
        clip: (j, V), see above.

    Returns:
        Integers `(T,)`.
    """
    _positive(num_frames=num_frames)
    number, clips = _checked(clip)
    total = num_frames * clips
    last = _length(num_video_frames, total, short_video) - 1
    if total == 1:
        indices = np.array([(last + 1) // 2])
    else:
        gaps = total - 1
        # Rounded to the nearest frame, halves up.
        indices = (2 * last * np.arange(total) + gaps) // (2 * gaps)
    return _within(indices[number::clips], num_video_frames, short_video)


def _squeezed(num_video_frames, starts, num_segments, rng):
    """First frames where a part is shorter than one, as in released code."""
    if num_video_frames <= num_segments:
        return np.zeros(num_segments, np.int64)
    return np.sort(rng.integers(starts, size=num_segments))


def _checked(clip):
    number, clips = clip
    if not 0 <= number < clips:
        raise ValueError(
            f"`clip` should be (j, V) with 0 <= j < V. Received: clip={clip!r}"
        )
    return number, clips


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
    if short_video == "released":
        return num_video_frames
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
