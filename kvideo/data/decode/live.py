"""Frames with their times, as they come: long files, and cameras.

Nothing is known of what follows, and nothing is kept.
"""

import sys

import av

from kvideo.data.decode import damage
from kvideo.data.decode.decoding import Decoding
from kvideo.data.decode.errors import VideoDecodeError
from kvideo.data.decode.frames import upright
from kvideo.data.decode.stream import video_stream

# System -> (FFmpeg's device, the name of a camera by its number). DirectShow
# knows cameras by names alone.
_CAMERAS = {
    "linux": ("v4l2", "/dev/video{}"),
    "darwin": ("avfoundation", "{}"),
    "win32": ("dshow", "video={}"),
}


def iterate_timed_frames(path):
    """Yields (seconds, frame) of all frames of a file, in one pass.

    A time stamp that is missing, or not above the one before, becomes that
    one and `1 / fps`: unlike `frame_times` this cannot look ahead, and
    differs from it after such a stamp.

    Args:
        path: the file.

    Yields:
        Seconds after the first frame, a strictly increasing float, and the
        uint8 `(H, W, 3)` array of the frame, upright.

    Raises:
        VideoDecodeError: the file cannot be read, or holds no frame.
    """
    yield from _timed_frames(path)


def iterate_camera(name="0"):
    """`iterate_timed_frames` of a camera; it ends when the camera does.

    Args:
        name: its number, from 0; on Windows the name that it has there.

    Raises:
        VideoDecodeError: there is no such camera, or it gives no frame.
        ValueError: kvideo does not know the cameras of this system.
    """
    if sys.platform not in _CAMERAS:
        raise ValueError(
            f"Cameras are known of {', '.join(_CAMERAS)}. Received: "
            f"sys.platform={sys.platform!r}"
        )
    device, pattern = _CAMERAS[sys.platform]
    yield from _timed_frames(pattern.format(name), device)


def expected_duration(path):
    """Seconds that a file says it lasts; `None` where it does not say.

    For a progress bar: cut off or damaged files last less.

    Raises:
        VideoDecodeError: the file cannot be read.
    """
    with video_stream(path) as (container, _):
        return container.duration and container.duration / av.time_base


def _timed_frames(path, device=None):
    last, damaged = None, []
    with video_stream(path, device=device) as (container, stream):
        rate = float(stream.average_rate or stream.guessed_rate or 25)
        frames = Decoding(container, stream)
        for frame in frames:
            if frame.is_corrupt:
                damaged.append(frames.shown - 1)
            if last is None:
                first = frame.time or 0.0
                last = 0.0
            else:
                stamp = -1.0 if frame.time is None else frame.time - first
                last = stamp if stamp > last else last + 1 / rate
            yield last, upright(frame)
    if last is None:
        raise VideoDecodeError(path, "it holds no frame")
    damage.report(path, damaged, frames.shown, frames.lost)
