"""Wanted frames, found by their stamps and not by decoding all before them.

Two things are saved. Decoding starts at the last key frame before a wanted
frame, if that is far enough ahead. And of H.264, pictures that no other is
predicted from are not decoded unless they are wanted.

Both are exact. A frame is taken by its stamp, never by counting. The key frame
is one that is shown no later than the wanted frame: what is shown after a key
frame is predicted from it and what follows it alone, also in an open group of
pictures. Where a file is not what its packets promise, the answer is `False`,
and the caller decodes from the start.
"""

import av
import numpy as np
from av.video.frame import PictureType

# A seek takes about as long as decoding this many frames (measured:
# docs/decoding.md), so nearer key frames are reached by decoding on.
SEEK_COST = 6

# In H.264 a picture with nal_ref_idc 0 is never predicted from. H.265 marks
# only pictures that its own temporal layer does not need.
_SKIPPING = ("h264",)

_PREDICTED = (PictureType.P, PictureType.B, PictureType.S, PictureType.SP)


def find_frames(container, stream, pictures, wanted, take):
    """Hands each wanted frame to a function, in the order of display.

    Args:
        container, stream: an open file, at its start.
        pictures: its `Pictures`, which must be sound.
        wanted: int `(k,)`, distinct places, increasing, below
            `len(pictures)`.
        take: function (i, `av.VideoFrame`) for `wanted[i]`.

    Returns:
        Whether all were found.
    """
    stamps = pictures.stamps.astype(np.int64).tolist()
    numbers = {stamps[place]: i for i, place in enumerate(wanted.tolist())}

    def found(key, left):
        start = None if key is None else stamps[key]
        if key is not None:
            container.seek(start, stream=stream)
        for frame in _decoded(container, stream, start, left):
            # After a seek, damage may be no fault of the file.
            if frame.pts in left and not frame.is_corrupt:
                left.remove(frame.pts)
                take(numbers[frame.pts], frame)
            if not left:
                return True
        return False

    try:
        return all(
            found(key, {stamps[place] for place in places})
            for key, places in runs(wanted.tolist(), pictures)
        )
    except av.FFmpegError:
        return False


def runs(wanted, pictures):
    """The wanted places, parted where a seek is the shorter way.

    Args:
        wanted: list of distinct places, increasing.
        pictures: the `Pictures` of the file.

    Returns:
        List of (place of a key frame to seek to or `None`, list of places).
    """
    keys = np.flatnonzero(pictures.keys)
    before = np.searchsorted(keys, wanted, side="right") - 1
    parts, now = [(None, [])], 0
    for place, number in zip(wanted, before, strict=True):
        key = int(keys[number]) if number >= 0 else 0
        if key - now > SEEK_COST:
            parts.append((key, []))
        parts[-1][1].append(place)
        now = place + 1
    return [part for part in parts if part[1]]


def _decoded(container, stream, start, wanted):
    """Yields frames from a key frame on; none if the seek led elsewhere."""
    context = stream.codec_context
    skips = context.name in _SKIPPING
    begun = start is None
    for number, packet in enumerate(container.demux(stream)):
        if number == 0 and not begun and not _before(packet, start):
            return
        if skips:
            needed = packet.pts is None or packet.pts in wanted
            context.skip_frame = "DEFAULT" if needed else "NONREF"
        for frame in packet.decode():
            begun = begun or (frame.pts == start and _is_key(frame))
            if not begun and (frame.pts is None or frame.pts >= start):
                return
            if begun:
                yield frame


def _is_key(frame):
    # Where pictures are renewed bit by bit, what is marked as a key is
    # predicted from others, and FFmpeg shows it as if they were there.
    return frame.pict_type not in _PREDICTED


def _before(packet, stamp):
    return packet.pts is not None and packet.pts <= stamp
