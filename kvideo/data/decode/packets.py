"""The pictures of a file as they are stored, not decoded."""

import dataclasses

import numpy as np

from kvideo.data.decode import promise, times
from kvideo.data.decode.errors import VideoDecodeError
from kvideo.data.decode.stream import video_stream

# The longest way that H.264 and H.265 may carry a picture from the place where
# it is stored to the place where it is shown.
MAX_REORDER = 16

# Containers that store times of display and can be searched by them: mp4, mov,
# mkv, webm. AVI stores the order of decoding; in a transport stream a seek
# leads nowhere in particular, and its last picture may be cut off unseen.
_TIMED = ("mov", "matroska")

# A file that was joined from pieces breaks its even steps in few places; a
# camera of uneven rate breaks them everywhere.
_FEW_BREAKS = 8

# Of AVFieldOrder: unknown, progressive. The two fields of an interlaced
# picture may be stored one by one.
_PROGRESSIVE = (0, 1)


@dataclasses.dataclass(frozen=True)
class Packets:
    """The stored pictures of a file that are to be shown, in that order.

    Attributes:
        stamps: float64 `(n,)`, when each is shown, in ticks; `nan` if unknown.
        keys: bool `(n,)`, whether decoding can start at it.
        tick: seconds of a tick.
        rate: frames a second by the header; 25 where it is silent.
        sound: whether frames can be found by their stamps: the container
            stores times of display, they differ, and they put no picture more
            than `MAX_REORDER` from where it is stored.
        plain: whether nothing speaks against a decoder showing these
            pictures and no others: the file begins with a picture that
            decoding can start at, and no damage or joint is seen in it.
        missing: share, in [0, 1], of the pictures or seconds that the header
            promises and the file does not hold; 0 where it promises none.
    """

    stamps: np.ndarray
    keys: np.ndarray
    tick: float
    rate: float
    sound: bool
    plain: bool
    missing: float = 0.0

    def __len__(self):
        return len(self.stamps)


def read_packets(path):
    """The `Packets` of a file: read once, from its start to its end.

    Raises:
        VideoDecodeError: the file cannot be read, or holds no picture.
    """
    with video_stream(path) as (container, stream):
        rows, stored, whole = _stored(container, stream)
        timed = container.format.name.split(",")[0] in _TIMED
        tick = float(stream.time_base or 0)
        rate = float(stream.average_rate or stream.guessed_rate or 25)
        whole &= stream.codec_context.field_order in _PROGRESSIVE
        if not rows:
            raise VideoDecodeError(path, "it holds no frame")
        shows, decodes, steps, keys = np.array(rows, np.float64).T
        ends = shows * tick + np.fmax(steps * tick, 1 / rate)
        end = np.nanmax(ends, initial=0)
        missing = promise.missing(path, container, stream, stored, end)
    stamps, order = _display_order(shows, decodes)
    timed &= stamps is shows and order is not None
    order = np.arange(len(rows)) if order is None else order
    stamps = stamps[order]
    sound = timed and len(np.unique(stamps)) == len(stamps)
    steady = not 0 < times.breaks(stamps, 1) <= _FEW_BREAKS
    return Packets(
        stamps=stamps,
        keys=keys[order].astype(bool),
        tick=tick,
        rate=rate,
        sound=sound,
        plain=sound and whole and steady,
        missing=missing,
    )


def _stored(container, stream):
    """The packets that are to be shown, and what is seen of the others.

    Returns:
        Rows (shown at, decoded at, shown for, whether decoding can start at
        it), in ticks; how many pictures are stored; and whether the first can
        be decoded, none is shown before it, and none is damaged.
    """
    codec = stream.codec_context.name
    # Not the packets themselves: they are as large as the file.
    rows, stored, first, whole = [], 0, None, True
    for packet in container.demux(stream):
        # The last one is empty, and none of the file's.
        stored += packet.size > 0 or packet.dts is not None
        if first is None:
            first, whole = packet.pts, packet.is_keyframe
        if not _is_shown(packet, codec):
            continue
        shown, step = packet.pts, packet.duration or 0
        rows.append((shown, packet.dts, step, packet.is_keyframe))
        early = None not in (shown, first) and shown < first
        whole &= not packet.is_corrupt and not early
    return rows, stored, whole


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
