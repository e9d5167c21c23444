"""Wanted frames, or all, out of a video file."""

import numpy as np

from kvideo.data.decode import adapters, damage, orientation, seeking
from kvideo.data.decode.clip import Clip
from kvideo.data.decode.decoding import Decoding
from kvideo.data.decode.errors import VideoTooShortError
from kvideo.data.decode.pictures import decode_pictures, read_pictures
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
        are brought to 0..255; transparency is dropped. Where some of them are
        damaged, a `DamagedFramesWarning` says how many.

    Raises:
        VideoTooShortError: the file ends before the last index.
        VideoDecodeError: the file cannot be read, or most of the wanted
            frames are damaged.
        ImportError: the backend is not installed.
    """
    indices = _checked(indices)
    if backend != "pyav":
        chosen = adapters.adapter(backend, path)
        return chosen.read_frames(path, indices, threads)
    wanted, places = np.unique(indices, return_inverse=True)
    clip = Clip(path, places)

    def take(number, frame):
        clip.put(number, upright(frame), frame.is_corrupt)

    if not _search(path, wanted, threads, take):
        _count_to(path, wanted, threads, take)
    damage.report(path, clip.damaged, len(indices))
    return clip.frames


def iterate_frames(path):
    """Yields all frames of a video file, upright, as uint8 `(H, W, 3)`.

    Damaged ones come with the others; at the end a `DamagedFramesWarning`
    says how many there were.

    Raises:
        VideoDecodeError: the file cannot be read; or, at the end, most of its
            frames are damaged.
    """
    damaged = []
    with video_stream(path) as (container, stream):
        frames = Decoding(container, stream)
        for number, frame in enumerate(frames):
            if frame.is_corrupt:
                damaged.append(number)
            yield upright(frame)
    damage.report(path, damaged, frames.shown, frames.lost)


def _search(path, wanted, threads, take):
    """Whether the frames could be found by their stamps."""
    if wanted[-1] < _NEAR:
        return False
    pictures = read_pictures(path)
    _check_end(path, pictures, wanted)
    if not pictures.sound:
        return False
    with video_stream(path, threads) as (container, stream):
        if seeking.find_frames(container, stream, pictures, wanted, take):
            return True
    _check_end(path, decode_pictures(path), wanted)
    return False


def _check_end(path, pictures, wanted):
    if wanted[-1] >= len(pictures):
        raise VideoTooShortError(path, len(pictures), int(wanted[-1]))


def _count_to(path, wanted, threads, take):
    """Decodes from the start, and counts."""
    found = 0
    with video_stream(path, threads) as (container, stream):
        for seen, frame in enumerate(Decoding(container, stream)):
            if seen == wanted[found]:
                take(found, frame)
                found += 1
            if found == len(wanted):
                return
    raise VideoTooShortError(path, seen + 1, int(wanted[-1]))


def upright(frame):
    """The uint8 RGB array of an `av.VideoFrame`, turned as its file says."""
    # PyAV would start a thread for each core, and for small frames that takes
    # longer than the conversion.
    array = frame.to_ndarray(format="rgb24", threads=1)
    return orientation.of(frame).upright(array)


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
