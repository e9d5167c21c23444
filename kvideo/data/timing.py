"""From time stamps to frame numbers: a part of a video, another frame rate.

Where a video is cut at seconds, or read at a wanted number of frames a second,
the samplers of `sampling` do not count the frames of the file but those that
this file gives: as if the video had been cut and re-encoded before.
"""

import numpy as np

# Matroska and WebM round time stamps to milliseconds, so a frame may carry a
# time up to half of one late.
TOLERANCE = 1e-3
# Share by which a video may be slower, faster or less even than those that a
# network was trained on before its frames are taken by time: 24 frames a second
# pass for 25, and 30 do not.
ALIKE = 0.05


class NoTimesError(ValueError):
    """Frames without time stamps, where seconds are asked for."""


def frames_on_time(times, fps=None, segment=None, frame_rate=None):
    """Frame numbers of a part of a video, at a constant rate.

    At each instant, 1 / fps apart, it takes the frame that a player would
    show: the last one whose time has come. So frames repeat where the video is
    slower than `fps`, and are left out where it is faster. At the usual rate
    it takes the nearest frame, so that movements are as far along as in a
    video of that rate to within half a frame.

    Args:
        times: seconds after the first frame, `(n,)`, n at least 1, rising, as
            of `decode.frame_times`.
        fps: frames a second, above 0; `None` takes each frame once.
        segment: (start, end) in seconds from the first frame, 0 <= start <
            end; `None` is the whole video. An end behind the end of the video
            is the end of the video.
        frame_rate: frames a second that are usual, above 0: without an `fps`,
            the rate of a part which has another one, see `has_another_rate`.

    Returns:
        int64 `(m,)`, m at least 1, not falling; empty only where `segment`
        starts after the end of the video.
    """
    times = np.asarray(times, np.float64)
    start, end = segment or (0.0, np.inf)
    end = min(end, times[-1] + frame_duration(times, fps))
    if start > end - TOLERANCE:
        return np.zeros(0, np.int64)
    if fps is not None:
        return _shown(times, _instants(start, end, fps))
    numbers = _between(times, start, end)
    if not has_another_rate(times[numbers], frame_rate):
        return numbers
    return _nearest(times, _instants(start, end, frame_rate))


def times_of(files, path):
    """Seconds of each frame, float64 `(n,)`, or `None` where there are none.

    Args:
        files: what reads `path`, see `kvideo.data.Listing.files`.
        path: one of its files.
    """
    if not hasattr(files, "frame_times"):
        return None
    try:
        return np.asarray(files.frame_times(path), np.float64)
    except NoTimesError:
        return None


def has_another_rate(times, frame_rate):
    """Whether frames come slower, faster or less evenly than is usual.

    That is so where the mean step between frames, or how far steps are from it
    on average, differs by more than `ALIKE`. What a file rounds does not count,
    nor do a few steps that are much longer among many.

    Args:
        times: seconds, `(n,)`, rising.
        frame_rate: frames a second that are usual; `None`: any.
    """
    if frame_rate is None or len(times) < 2:
        return False
    steps = np.diff(times)
    mean = steps.mean()
    apart = abs(mean * frame_rate - 1)
    uneven = np.maximum(np.abs(steps - mean) - TOLERANCE, 0).mean() * frame_rate
    return bool(max(apart, uneven) > ALIKE)


def check_segment(segment):
    """Raises a ValueError unless it is `None` or (start, end)."""
    if segment is None:
        return
    pair = np.asarray(segment, np.float64)
    if pair.shape != (2,) or not 0 <= pair[0] < pair[1]:
        raise ValueError(
            "`segment` should be None or (start, end) in seconds, with 0 <= "
            f"start < end. Received: segment={segment!r}"
        )


def _between(times, start, end):
    inside = (times >= start - TOLERANCE) & (times < end - TOLERANCE)
    numbers = np.flatnonzero(inside)
    # A segment shorter than a frame has the one that is on the screen.
    return numbers if len(numbers) else _shown(times, np.array([start]))


def _instants(start, end, fps):
    steps = max(1, int(np.ceil((end - start - TOLERANCE) * fps)))
    return start + np.arange(steps) / fps


def _shown(times, instants):
    return np.searchsorted(times, instants + TOLERANCE, side="right") - 1


def _nearest(times, instants):
    """The nearest frames; of two as near, the earlier."""
    middles = (times[1:] + times[:-1]) / 2
    return np.searchsorted(middles, instants - TOLERANCE)


def frame_duration(times, fps=None):
    """Seconds that the last frame stays: as long as most do.

    A lone frame stays for `1 / fps`, or a second where `fps` is None.
    """
    if len(times) > 1:
        return float(np.median(np.diff(times)))
    return 1 / fps if fps else 1.0
