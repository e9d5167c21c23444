"""The pictures of a file as they are stored, not decoded."""

import dataclasses
import functools
import os

import numpy as np

from kvideo.data.decode import promise
from kvideo.data.decode.errors import VideoDecodeError
from kvideo.data.decode.stream import video_stream

# The longest way that H.264 and H.265 may carry a picture from the place where
# it is stored to the place where it is shown.
MAX_REORDER = 16

# Containers that store times of display and can be searched by them: mp4, mov,
# mkv, webm. AVI stores the order of decoding; in a transport stream a seek
# leads nowhere in particular.
_TIMED = ("mov", "matroska")


@dataclasses.dataclass(frozen=True)
class Packets:
    """The stored pictures of a file, in the order in which it stores them.

    The *place* of a picture is its number in the order of display, from 0.

    Attributes:
        stamps: float64 `(n,)`, when each is shown, in ticks; `nan` if unknown.
        keys: bool `(n,)`, whether decoding can start at it.
        order: int `(n,)`, the picture at each place.
        tick: seconds of a tick.
        rate: frames a second by the header; 25 where it is silent.
        sound: whether frames can be found by their stamps: the container
            stores times of display, they differ, and they put no picture more
            than `MAX_REORDER` from where it is stored.
        missing: share, in [0, 1], of the pictures or seconds that the header
            promises and the file does not hold; 0 where it promises none.
    """

    stamps: np.ndarray
    keys: np.ndarray
    order: np.ndarray
    tick: float
    rate: float
    sound: bool
    missing: float = 0.0

    def __len__(self):
        return len(self.stamps)


def read_packets(path):
    """The `Packets` of a file: read once, from its start to its end.

    Those of the last files are remembered, because a clip is counted first
    and then read.

    Raises:
        VideoDecodeError: the file cannot be read, or holds no picture.
    """
    if hasattr(path, "read") or not os.path.exists(path):
        return _scan(path)
    state = os.stat(path)
    return _remembered(os.fspath(path), state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=32)
def _remembered(path, size, changed):
    return _scan(path)


def _scan(path):
    with video_stream(path) as (container, stream):
        codec = stream.codec_context.name
        # Not the packets themselves: they are as large as the file.
        found, stored = [], 0
        for packet in container.demux(stream):
            # The last one is empty, and none of the file's.
            stored += packet.size > 0 or packet.dts is not None
            if _is_shown(packet, codec):
                found.append((packet.pts, packet.dts, packet.is_keyframe))
        promised = promise.of(container, stream)
        timed = container.format.name.split(",")[0] in _TIMED
        tick = float(stream.time_base or 0)
        rate = float(stream.average_rate or stream.guessed_rate or 25)
    if not found:
        raise VideoDecodeError(path, "it holds no frame")
    shows, decodes, keys = np.array(found, np.float64).T
    stamps, order = _display_order(shows, decodes)
    timed = timed and stamps is shows and order is not None
    end = np.nanmax(stamps, initial=0) * tick + 1 / rate
    return Packets(
        stamps=stamps,
        keys=keys.astype(bool),
        order=np.arange(len(found)) if order is None else order,
        tick=tick,
        rate=rate,
        sound=timed and len(np.unique(stamps)) == len(stamps),
        missing=promised.missing(stored, end),
    )


def _display_order(shows, decodes):
    """(stamps, their order), the order `None` where they cannot tell it."""
    stamps = shows
    if np.isnan(shows).any() and not np.isnan(decodes).any():
        # The times of decoding have the same distances.
        stamps = decodes
    if np.isnan(stamps).any():
        return stamps, None
    order = np.argsort(stamps, kind="stable")
    moved = np.abs(order - np.arange(len(order))).max()
    return stamps, order if moved <= MAX_REORDER else None


def _is_shown(packet, codec):
    # An edit list hides pictures that others need.
    if not packet.size or packet.is_discard:
        return False
    # So does VP8; bit 4 of the first byte tells (RFC 6386, section 9.1).
    return codec != "vp8" or bool(bytes(packet)[0] & 16)
