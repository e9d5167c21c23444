"""From time stamps to frame numbers: a part of a video, another frame rate.

Where a video is cut at seconds, or read at a wanted number of frames a second,
the samplers of `sampling` do not count the frames of the file but those that
this file gives: as if the video had been cut and re-encoded before.
"""

import numpy as np

# Matroska and WebM round time stamps to milliseconds, so a frame may carry a
# time up to half of one late.
TOLERANCE = 1e-3


def frames_on_time(times, fps=None, segment=None):
    """Frame numbers of a part of a video, at a constant rate.

    At each instant, 1 / fps apart, it takes the frame that a player would
    show: the last one whose time has come. So frames repeat where the video is
    slower than `fps`, and are left out where it is faster.

    Args:
        times: seconds after the first frame, `(n,)`, n at least 1, rising, as
            of `decode.frame_times`.
        fps: frames a second, above 0; `None` takes each frame once.
        segment: (start, end) in seconds from the first frame, 0 <= start <
            end; `None` is the whole video. An end behind the end of the video
            is the end of the video.

    Returns:
        int64 `(m,)`, m at least 1, not falling; empty only where `segment`
        starts after the end of the video.
    """
    times = np.asarray(times, np.float64)
    start, end = segment or (0.0, np.inf)
    end = min(end, times[-1] + frame_duration(times, fps))
    if start > end - TOLERANCE:
        return np.zeros(0, np.int64)
    if fps is None:
        return _between(times, start, end)
    steps = max(1, int(np.ceil((end - start - TOLERANCE) * fps)))
    return _shown(times, start + np.arange(steps) / fps)


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


def _shown(times, instants):
    return np.searchsorted(times, instants + TOLERANCE, side="right") - 1


def frame_duration(times, fps):
    """Seconds that the last frame stays: as long as most do.

    A lone frame stays for `1 / fps`, or a second where `fps` is None.
    """
    if len(times) > 1:
        return float(np.median(np.diff(times)))
    return 1 / fps if fps else 1.0
