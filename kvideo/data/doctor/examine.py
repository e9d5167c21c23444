"""What the doctor asks of one file."""

import dataclasses
import time

import numpy as np

from kvideo.data import decode
from kvideo.data.decode import damage
from kvideo.data.doctor import hashes

# Frames that are read, from the first to the last: as many as a clip has.
CLIP_FRAMES = 8
# Of them, those that are compared: not the ends, which are often black.
COMPARED = (1, 3, 4, 6)
# Headers are wrong by a frame or two in files that are whole.
MAY_BE_MISSING = 0.05


@dataclasses.dataclass(frozen=True)
class FileRecord:
    """What is known of a file.

    Attributes:
        path: the file, or the item of a reader of its own.
        kind: the kind of finding that keeps it from being used, such as
            `"truncated"`; `None` where it can be read.
        reason: of that, in words.
        num_frames: its length; 0 where it cannot be opened.
        info: its `VideoInfo`, of video files that can be opened.
        seconds: processor time of reading `CLIP_FRAMES` frames as a data set
            does; `None` where they cannot be read.
        hashes: `hashes.fingerprint` of its frames, or `None`.
    """

    path: str
    kind: str | None = None
    reason: str = ""
    num_frames: int = 0
    info: decode.VideoInfo | None = None
    seconds: float | None = None
    hashes: np.ndarray | None = None


def examine(path, files=None, deep=False):
    """The `FileRecord` of a file. A file that cannot be read is no error.

    Args:
        path: the file.
        files: what reads it, see `Listing.files`; `None`: video files.
        deep: whether to decode a video file to its end.
    """
    found = {"path": path}
    try:
        with damage.collected() as reports:
            found |= _read(path, files or decode)
        found |= _seen(reports)
        if files is None:
            found["info"] = decode.probe(path)
            found |= _damage(path, found["info"], deep)
    except decode.VideoDecodeError as error:
        found |= {"kind": _kind(error), "reason": error.reason}
    return FileRecord(**found)


def _read(path, files):
    start = time.thread_time()
    number = files.count_frames(path)
    wanted = np.linspace(0, number - 1, CLIP_FRAMES).round().astype(int)
    frames = files.read_frames(path, wanted)
    seconds = time.thread_time() - start
    return {
        "num_frames": number,
        "seconds": seconds,
        "hashes": hashes.fingerprint(frames[list(COMPARED)]),
    }


def _seen(reports):
    """What of a clip is damaged, but for its start.

    A file that was cut inside a group of pictures begins with some that lack
    what they need; the others are whole.
    """
    for report in reports:
        start = tuple(range(len(report.frames)))
        if not start or report.frames != start:
            return {"kind": "damaged", "reason": report.text}
    return {}


def _damage(path, info, deep):
    if info.missing > MAY_BE_MISSING:
        reason = f"{info.missing:.0%} of what its header promises is missing"
        return {"kind": "truncated", "reason": reason}
    if not deep:
        return {}
    number, damaged = decode.check_frames(path)
    if number == info.num_frames and not damaged:
        return {}
    reason = (
        f"of {info.num_frames} frames {number} can be decoded, "
        f"{damaged} of them with damage"
    )
    return {"kind": "damaged", "reason": reason}


def _kind(error):
    if isinstance(error, decode.VideoTooShortError):
        return "truncated"
    for words, kind in (
        ("file is empty", "empty"),
        ("no video stream", "no picture"),
        ("are damaged", "damaged"),
        ("cannot be decoded", "damaged"),
    ):
        if words in error.reason:
            return kind
    return "unreadable"
