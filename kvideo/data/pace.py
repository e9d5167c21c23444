"""Frames as they come, at the rate that a network knows.

What `timing.frames_on_time` does for a whole file: here nothing is known of
what follows, so a frame stands for the instants since the one before.
"""

import collections

import numpy as np

from kvideo.data import timing

# By how many of the last frames it is told whether the rate is another one.
RECENT = 25


def at_rate(timed_frames, spec):
    """Yields (seconds, frame) of the frames that a `ClipSpec` counts.

    At `spec.target_fps`; or at `spec.frame_rate` while the last frames have
    another rate, and else as they come. Frames that come too fast are left
    out; one that comes late is repeated, for as long as a clip at most.

    Args:
        timed_frames: iterable of rising seconds and uint8 `(h, w, 3)` arrays.
        spec: a `ClipSpec`.
    """
    fps = spec.target_fps or spec.usual_rate
    if fps is None:
        yield from timed_frames
        return
    longest = spec.num_frames * spec.frame_stride
    recent, past = collections.deque(maxlen=RECENT), 0
    for seconds, frame in timed_frames:
        recent.append(seconds)
        instants = int((seconds + timing.TOLERANCE) * fps) + 1
        due = 1
        if spec.target_fps or timing.has_another_rate(np.array(recent), fps):
            due = min(instants - past, longest)
        for _ in range(due):
            yield seconds, frame
        past = instants
