"""Training clips at a stride that varies, as if videos were faster or slower.

A factor f is drawn for each clip. The sampler then counts the frames of a video
that has every f-th frame of the real one, rounded down: at f = 2 every second
frame is missing, at f = 1/2 each comes twice. So a factor changes the stride of
the dense sampler and the distance of frames that are in a row, and leaves the
parts of the segment sampler where they are.
"""

import numpy as np

from kvideo.data import sampling


def checked(jitter, spec):
    """The range as a tuple, if clips of a `ClipSpec` can have it.

    Args:
        jitter: (low, high), 0 < low <= high, factors of the stride; `None`:
            strides are as they are.
        spec: a `kvideo.data.ClipSpec`.

    Raises:
        ValueError: numbers out of range, or a sampler without a stride.
    """
    if jitter is None:
        return None
    check_range(jitter)
    if not spec.counts_neighbours:
        raise ValueError(
            "Single frames that are spread over the whole video have no "
            "stride. Leave `stride_jitter` out, or take the dense sampler. "
            f"Received: stride_jitter={jitter}, sampler={spec.sampler!r}, "
            f"frames_per_segment={spec.frames_per_segment}"
        )
    return tuple(jitter)


def check_range(jitter):
    """Raises a ValueError unless it is (low, high), above 0 and finite."""
    if not is_range(jitter):
        raise ValueError(
            "`stride_jitter` should be None or two factors of the stride, the "
            "lowest and the highest, above 0, such as (0.5, 2). Received: "
            f"stride_jitter={jitter!r}"
        )


def is_range(jitter):
    """Whether it is (low, high) with 0 < low <= high, both finite."""
    if not isinstance(jitter, tuple | list) or len(jitter) != 2:
        return False
    if not all(isinstance(factor, int | float) for factor in jitter):
        return False
    return bool(0 < jitter[0] <= jitter[1] < np.inf)


def sample(num_video_frames, spec, rng, jitter):
    """`sampling.sample` of a training clip, at a stride times a drawn factor.

    The logarithm of the factor is uniform, so that half and twice the stride
    are as likely. It is never so high that a video becomes too short for the
    sampler, unless it is already: then it is at most 1.

    Args:
        num_video_frames: n, at least 1.
        spec: a `kvideo.data.ClipSpec`.
        rng: `numpy.random.Generator`.
        jitter: (low, high), see `checked`.

    Returns:
        Integers `(T,)`.
    """
    gaps = max(1, sampling.needed(spec) - 1)
    longest = max(1.0, (num_video_frames - 1) / gaps)
    low, high = (min(factor, longest) for factor in jitter)
    factor = low * (high / low) ** rng.random()
    frames = int((num_video_frames - 1) / factor) + 1
    chosen = sampling.sample(frames, spec, rng)
    return (chosen * factor).astype(np.int64)
