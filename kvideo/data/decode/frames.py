"""Wanted frames, or all, out of a video file."""

import numpy as np

from kvideo.data.decode.errors import VideoDecodeError, VideoTooShortError
from kvideo.data.decode.stream import video_stream


def read_frames(path, indices, threads=1):
    """Exactly the wanted frames of a video file, upright.

    The file is decoded once, from its start to the last wanted frame: a seek
    is faster only where key frames are dense, and exact only where time stamps
    are sound. Only the wanted frames are converted and kept.

    Args:
        path: the file.
        indices: integers from 0, in any order, repeats allowed.
        threads: decoder threads. 1 suits many files read in parallel.

    Returns:
        uint8 array `(len(indices), H, W, 3)`.

    Raises:
        VideoTooShortError: the file ends before the last index.
        VideoDecodeError: the file cannot be read.
    """
    indices = _checked(indices)
    wanted, places = np.unique(indices, return_inverse=True)
    frames, seen = [], 0
    with video_stream(path, threads) as (container, stream):
        for frame in container.decode(stream):
            if seen == wanted[len(frames)]:
                frames.append(_upright(frame))
            seen += 1
            if len(frames) == len(wanted):
                break
    if len(frames) < len(wanted):
        raise VideoTooShortError(path, seen, int(wanted[-1]))
    return _stacked(path, frames)[places]


def iterate_frames(path):
    """Yields all frames of a video file, upright, as uint8 `(H, W, 3)`.

    Raises:
        VideoDecodeError: the file cannot be read.
    """
    with video_stream(path) as (container, stream):
        for frame in container.decode(stream):
            yield _upright(frame)


def _upright(frame):
    array = frame.to_ndarray(format="rgb24")
    # FFmpeg gives the anticlockwise turn that shows the picture upright.
    return np.rot90(array, frame.rotation // 90) if frame.rotation else array


def _stacked(path, frames):
    shapes = {frame.shape for frame in frames}
    if len(shapes) > 1:
        sizes = sorted(shape[:2] for shape in shapes)
        raise VideoDecodeError(path, f"its frames change size: {sizes}")
    return np.stack(frames)


def _checked(indices):
    indices = np.asarray(indices)
    if indices.ndim != 1 or not len(indices) or indices.dtype.kind not in "iu":
        raise ValueError(
            "`indices` should be a non-empty list of integers. "
            f"Received: indices={indices!r}"
        )
    if indices.min() < 0:
        raise ValueError(
            "`indices` count from 0 and cannot be negative. "
            f"Received: indices={indices!r}"
        )
    return indices
