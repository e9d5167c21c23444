"""Frames that the decoder calls damaged: whoever reads them is told.

A decoder conceals what it cannot decode, by grey or by what was there before,
and says so. A clip of which most is damaged is a broken file. Of less, a
warning tells, or else whoever collects such reports.
"""

import contextlib
import contextvars
import warnings

from kvideo.data.decode.errors import VideoDecodeError

_COLLECTED = contextvars.ContextVar("collected", default=None)


class DamagedFramesWarning(UserWarning):
    """A clip holds frames that the decoder calls damaged."""


@contextlib.contextmanager
def collected():
    """Collects reports of this thread instead of warnings: `(path, text)`."""
    reports = []
    token = _COLLECTED.set(reports)
    try:
        yield reports
    finally:
        _COLLECTED.reset(token)


def report(path, damaged, frames):
    """Tells that some of the frames of a clip are damaged.

    Args:
        path: the file.
        damaged: how many are.
        frames: how many there are.

    Raises:
        VideoDecodeError: most of them are.
    """
    if not damaged:
        return
    text = f"{damaged} of {frames} frames are damaged"
    if 2 * damaged > frames:
        raise VideoDecodeError(path, text)
    reports = _COLLECTED.get()
    if reports is None:
        warnings.warn(f"{path}: {text}.", DamagedFramesWarning, stacklevel=4)
    else:
        reports.append((str(path), text))
