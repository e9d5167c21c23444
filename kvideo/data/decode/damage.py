"""Frames that the decoder calls damaged: whoever reads them is told.

A decoder conceals what it cannot decode, by grey or by what was there before,
and says so. A clip of which most is damaged is a broken file. Of less, a
warning tells, or else whoever collects such reports.
"""

import contextlib
import contextvars
import dataclasses
import warnings

from kvideo.data.decode.errors import VideoDecodeError

_COLLECTED = contextvars.ContextVar("collected", default=None)


class DamagedFramesWarning(UserWarning):
    """A clip holds frames that are damaged, or lacks some."""


@dataclasses.dataclass(frozen=True)
class Report:
    """What was damaged in a clip, or in a file that was read as a whole.

    Attributes:
        text: in words.
        frames: tuple of the places of the damaged frames in it, from 0.
    """

    text: str
    frames: tuple


@contextlib.contextmanager
def collected():
    """Collects the `Report`s of this thread in a list, instead of warnings."""
    reports = []
    token = _COLLECTED.set(reports)
    try:
        yield reports
    finally:
        _COLLECTED.reset(token)


def report(path, damaged, number, lost=0):
    """Tells that some of the frames of a clip are damaged.

    Args:
        path: the file.
        damaged: places of the damaged frames, integers.
        number: of all frames.
        lost: further pictures, which could not be decoded at all.

    Raises:
        VideoDecodeError: most of them are damaged or lost.
    """
    damaged = tuple(int(place) for place in damaged)
    if not damaged and not lost:
        return
    bad = len(damaged) + lost
    text = f"{bad} of {number + lost} frames are damaged"
    if 2 * bad > number + lost:
        raise VideoDecodeError(path, text)
    tell(path, text, damaged)


def tell(path, text, frames=()):
    """Tells of what is wrong with a clip that is used nevertheless."""
    reports = _COLLECTED.get()
    if reports is None:
        warnings.warn(f"{path}: {text}.", DamagedFramesWarning, stacklevel=4)
    else:
        reports.append(Report(text, frames))


def summary(reports):
    """What was collected about one file, as one text; `None` for nothing."""
    texts = dict.fromkeys(report.text for report in reports)
    return "; ".join(texts) or None
