"""A video file opened with PyAV, and the stamps of its packets."""

import contextlib
import dataclasses
import os

import av
import numpy as np

from kvideo.data.decode.errors import VideoDecodeError

av.logging.set_level(av.logging.PANIC)

# The longest way that H.264 and H.265 may carry a picture from the place where
# it is stored to the place where it is shown.
MAX_REORDER = 16


@contextlib.contextmanager
def video_stream(path, threads=1):
    """Opens a file; turns every failure of FFmpeg into VideoDecodeError.

    `path` may be a binary file object, which is read from its start.
    """
    if not hasattr(path, "read"):
        path = os.fspath(path)
        if not os.path.exists(path):
            raise VideoDecodeError(path, "there is no such file")
    if size_of(path) == 0:
        raise VideoDecodeError(path, "the file is empty (0 bytes)")
    try:
        with av.open(path, metadata_errors="ignore") as container:
            if not container.streams.video:
                raise VideoDecodeError(path, "it has no video stream")
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise VideoDecodeError(
                    path,
                    "this build of PyAV has no decoder for its video codec; "
                    "re-encode it, for example with "
                    "`ffmpeg -i IN -c:v libx264 OUT.mp4`",
                )
            stream.codec_context.thread_count = threads
            yield container, stream
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoDecodeError(path, reason) from error


def size_of(path):
    """Bytes in a file; a file object is left at its start."""
    if not hasattr(path, "read"):
        return os.path.getsize(path)
    path.seek(0, os.SEEK_END)
    size = path.tell()
    path.seek(0)
    return size


@dataclasses.dataclass(frozen=True)
class Packets:
    """The pictures of a file as they are stored, not decoded.

    Attributes:
        stamps: float64 `(n,)`, when each is shown, in ticks; `nan` if unknown.
        keys: bool `(n,)`, whether decoding can start at it.
        order: int `(n,)`, the pictures in the order in which they are shown.
        tick: seconds of a tick.
        sound: whether the stamps have one value for each picture and put it
            at most `MAX_REORDER` places from where it is stored.
    """

    stamps: np.ndarray
    keys: np.ndarray
    order: np.ndarray
    tick: float
    sound: bool


def read_packets(container, stream):
    """`Packets` of a stream. Reads the whole file once, decodes nothing."""
    found = [p for p in container.demux(stream) if _is_shown(p, stream)]
    stamps = _stamps([p.pts for p in found])
    from_pts = not np.isnan(stamps).any()
    if not from_pts:
        # AVI stores no times of display. Those of decoding have the same
        # distances, and sorting leaves them as they are.
        decoding = _stamps([p.dts for p in found])
        stamps = stamps if np.isnan(decoding).any() else decoding
    order = np.argsort(stamps, kind="stable")
    moved = np.abs(order - np.arange(len(order)))
    near = not np.isnan(stamps).any() and moved.max(initial=0) <= MAX_REORDER
    return Packets(
        stamps=stamps,
        keys=np.array([p.is_keyframe for p in found], bool),
        order=order if near else np.arange(len(order)),
        tick=float(stream.time_base or 0),
        sound=from_pts and near and len(np.unique(stamps)) == len(stamps),
    )


def _is_shown(packet, stream):
    # An edit list hides pictures that are needed to decode others.
    if not packet.size or packet.is_discard:
        return False
    # VP8 stores pictures that only others are predicted from; bit 4 of the
    # first byte tells (RFC 6386, section 9.1).
    return stream.codec_context.name != "vp8" or bool(bytes(packet)[0] & 16)


def _stamps(values):
    return np.array([np.nan if v is None else v for v in values], np.float64)
