"""Wanted frames, or all, out of a video file."""

import numpy as np

from kvideo.data.decode import adapters, seeking
from kvideo.data.decode.clip import Clip
from kvideo.data.decode.errors import VideoTooShortError
from kvideo.data.decode.packets import read_packets
from kvideo.data.decode.stream import video_stream

# Frames this near to the start are decoded without a look at the whole file.
_NEAR = 8


def read_frames(path, indices, threads=1, backend="pyav"):
    """Exactly the wanted frames of a video file, upright.

    Where the time stamps of the file are sound, frames are found by their
    stamps: decoding starts at key frames where that is shorter, and pictures
    that nothing depends on are left out. Otherwise the file is decoded from
    its start to the last wanted frame. Only wanted frames are converted and
    kept.

    Args:
        path: the file.
        indices: integers from 0, in any order, repeats allowed.
        threads: decoder threads. 1 suits many files read in parallel.
        backend: `"pyav"`, or `"opencv"` or `"torchcodec"` where installed.

    Returns:
        uint8 array `(len(indices), H, W, 3)`, RGB. Wide ranges and more bits
        are brought to 0..255; transparency is dropped.

    Raises:
        VideoTooShortError: the file ends before the last index.
        VideoDecodeError: the file cannot be read.
        ImportError: the backend is not installed.
    """
    indices = _checked(indices)
    if backend != "pyav":
        chosen = adapters.adapter(backend, path)
        return chosen.read_frames(path, indices, threads)
    wanted, places = np.unique(indices, return_inverse=True)
    clip = Clip(path, places)

    def take(number, frame):
        clip.put(number, upright(frame))

    if not _search(path, wanted, threads, take):
        _count_to(path, wanted, threads, take)
    return clip.frames


def iterate_frames(path):
    """Yields all frames of a video file, upright, as uint8 `(H, W, 3)`.

    Raises:
        VideoDecodeError: the file cannot be read.
    """
    with video_stream(path) as (container, stream):
        for frame in container.decode(stream):
            yield upright(frame)


def _search(path, wanted, threads, take):
    """Whether the frames could be found by their stamps."""
    if wanted[-1] < _NEAR:
        return False
    packets = read_packets(path)
    if not packets.sound:
        return False
    if wanted[-1] >= len(packets):
        raise VideoTooShortError(path, len(packets), int(wanted[-1]))
    with video_stream(path, threads) as (container, stream):
        return seeking.find_frames(container, stream, packets, wanted, take)


def _count_to(path, wanted, threads, take):
    """Decodes from the start, and counts."""
    seen = found = 0
    with video_stream(path, threads) as (container, stream):
        for frame in container.decode(stream):
            if seen == wanted[found]:
                take(found, frame)
                found += 1
            seen += 1
            if found == len(wanted):
                return
    raise VideoTooShortError(path, seen, int(wanted[-1]))


def upright(frame):
    """The uint8 RGB array of an `av.VideoFrame`, turned as its file says."""
    # PyAV would start a thread for each core, and for small frames that takes
    # longer than the conversion.
    array = frame.to_ndarray(format="rgb24", threads=1)
    turns = quarter_turns(frame)
    return np.rot90(array, turns) if turns else array


def quarter_turns(frame):
    """Anticlockwise quarter turns that show an `av.VideoFrame` upright."""
    return round(frame.rotation / 90) % 4


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
