"""Wanted frames, or all, out of a video file."""

import numpy as np

from kvideo.data.decode import seeking
from kvideo.data.decode.errors import VideoDecodeError, VideoTooShortError
from kvideo.data.decode.packets import read_packets
from kvideo.data.decode.stream import video_stream

# Frames this near to the start are decoded without a look at the whole file.
_NEAR = 8


def read_frames(path, indices, threads=1):
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

    Returns:
        uint8 array `(len(indices), H, W, 3)`, RGB. Wide ranges and more bits
        are brought to 0..255; transparency is dropped.

    Raises:
        VideoTooShortError: the file ends before the last index.
        VideoDecodeError: the file cannot be read.
    """
    indices = _checked(indices)
    wanted, places = np.unique(indices, return_inverse=True)
    clip = _Clip(path, places)
    if wanted[-1] >= _NEAR:
        packets = read_packets(path)
        if packets.sound:
            if wanted[-1] >= len(packets):
                raise VideoTooShortError(path, len(packets), int(wanted[-1]))
            with video_stream(path, threads) as (container, stream):
                if seeking.find_frames(
                    container, stream, packets, wanted, clip.put
                ):
                    return clip.frames
    _count_to(path, wanted, threads, clip)
    return clip.frames


def iterate_frames(path):
    """Yields all frames of a video file, upright, as uint8 `(H, W, 3)`.

    Raises:
        VideoDecodeError: the file cannot be read.
    """
    with video_stream(path) as (container, stream):
        for frame in container.decode(stream):
            yield upright(frame)


class _Clip:
    """The wanted frames, put into one array as they come.

    One array, because frames of 1080p are large: a list that is stacked and
    then put into order would need three times the memory.
    """

    def __init__(self, path, places):
        self.path, self.places, self.frames = path, places, None

    def put(self, number, frame):
        """Stores the frame for each index that wants it."""
        array = upright(frame)
        if self.frames is None:
            shape = (len(self.places), *array.shape)
            self.frames = np.empty(shape, np.uint8)
        if array.shape != self.frames.shape[1:]:
            sizes = sorted({array.shape[:2], self.frames.shape[1:3]})
            raise VideoDecodeError(
                self.path, f"its frames change size: {sizes}"
            )
        self.frames[self.places == number] = array


def _count_to(path, wanted, threads, clip):
    """Decodes from the start, and counts."""
    seen = found = 0
    with video_stream(path, threads) as (container, stream):
        for frame in container.decode(stream):
            if seen == wanted[found]:
                clip.put(found, frame)
                found += 1
            seen += 1
            if found == len(wanted):
                return
    raise VideoTooShortError(path, seen, int(wanted[-1]))


def upright(frame):
    """The uint8 RGB array of an `av.VideoFrame`, turned as its file says."""
    array = frame.to_ndarray(format="rgb24")
    # FFmpeg gives the anticlockwise turn that shows the picture upright.
    return np.rot90(array, frame.rotation // 90) if frame.rotation else array


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
