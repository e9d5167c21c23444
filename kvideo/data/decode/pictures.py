"""The pictures that a file shows: their number, and when each is shown.

A frame has one number, wherever it is asked for: its place among the frames
that a decoder shows. What is stored says that in most files, and nothing has
to be decoded for it. It does not where a file was cut inside a group of
pictures, joined from pieces, damaged, or is of a kind that hides such things:
these are decoded once, from the start to the end, and the answer is kept.
"""

import collections
import dataclasses
import os
import threading

import numpy as np

from kvideo.data.decode.decoding import Decoding
from kvideo.data.decode.errors import VideoDecodeError
from kvideo.data.decode.packets import read_packets
from kvideo.data.decode.stream import video_stream

# Of all files that are remembered: 9 bytes each, and as much as 100 for a file.
_MAX_REMEMBERED = 4_000_000


@dataclasses.dataclass(frozen=True)
class Pictures:
    """What a file shows, in the order in which it shows it.

    Attributes:
        stamps: float64 `(n,)`, when each is shown, in ticks; `nan` if unknown.
        keys: bool `(n,)`, whether decoding can start at it.
        tick, rate, missing: as of `Packets`.
        sound: whether a frame can be found by its stamp.
    """

    stamps: np.ndarray
    keys: np.ndarray
    tick: float
    rate: float
    missing: float
    sound: bool

    def __len__(self):
        return len(self.stamps)


def read_pictures(path):
    """The `Pictures` of a file, remembered while the file does not change.

    Raises:
        VideoDecodeError: the file cannot be read, or shows no picture.
    """
    return _REMEMBERED.get(path) or _REMEMBERED.put(path, _read(path))


def decode_pictures(path):
    """The same for a file in which a frame was not found by its stamp."""
    found = _decoded(path, read_packets(path))
    return _REMEMBERED.put(path, dataclasses.replace(found, sound=False))


def _read(path):
    packets = read_packets(path)
    if packets.plain and _starts_as_stored(path, packets):
        return _shown(packets, packets.stamps, packets.keys)
    return _decoded(path, packets)


def _starts_as_stored(path, packets):
    # What is marked as a key may be a place where a picture begins to be
    # renewed, and the decoder shows nothing until it is whole.
    with video_stream(path) as (container, stream):
        frame = next(iter(Decoding(container, stream)), None)
        return frame is not None and frame.pts == packets.stamps[0]


def _decoded(path, packets):
    with video_stream(path) as (container, stream):
        frames = Decoding(container, stream)
        rows = [(frame.pts, frame.key_frame) for frame in frames]
        avi = container.format.name == "avi"
    if not rows:
        raise VideoDecodeError(path, "it holds no frame")
    if frames.lost > len(rows):
        number = len(rows) + frames.lost
        reason = f"of {number} pictures {frames.lost} cannot be decoded"
        raise VideoDecodeError(path, reason)
    stamps, keys = np.array(rows, np.float64).T
    # AVI numbers the pictures as they are stored: these are the stamps of what
    # is shown, in another order.
    stamps = np.sort(stamps) if avi else stamps
    if np.array_equal(stamps, packets.stamps):
        keys = packets.keys
    return _shown(packets, stamps, keys.astype(bool))


def _shown(packets, stamps, keys):
    return Pictures(
        stamps=stamps,
        keys=keys,
        tick=packets.tick,
        rate=packets.rate,
        missing=packets.missing,
        sound=packets.sound and np.array_equal(stamps, packets.stamps),
    )


class _Remembered:
    """The last files that were read; a file that was changed is another."""

    def __init__(self):
        self._files, self._size = collections.OrderedDict(), 0
        self._lock = threading.Lock()

    def get(self, path):
        key = _state(path)
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
            return self._files.get(key)

    def put(self, path, pictures):
        key = _state(path)
        if key is None:
            return pictures
        with self._lock:
            self._drop(key)
            self._files[key] = pictures
            self._size += _weight(pictures)
            while self._size > _MAX_REMEMBERED:
                self._drop(next(iter(self._files)))
        return pictures

    def _drop(self, key):
        if key in self._files:
            self._size -= _weight(self._files.pop(key))


def _weight(pictures):
    return 100 + len(pictures)


def _state(path):
    if hasattr(path, "read") or not os.path.exists(path):
        return None
    state = os.stat(path)
    return os.path.abspath(path), state.st_size, state.st_mtime_ns


_REMEMBERED = _Remembered()
