"""Clips of a window that slides over a video, of any length.

The file is read once, from its start to its end, and only the frames of one
window are kept, as large as the network takes them.
"""

import collections
import dataclasses

import numpy as np

from kvideo.data import sampling, timing, transforms
from kvideo.data.decode import live


@dataclasses.dataclass(frozen=True)
class Window:
    """A part of a video and its clip.

    Attributes:
        start, end: seconds after the first frame.
        clip: float32 `(T, H, W, 3)` in [0, 255].
    """

    start: float
    end: float
    clip: np.ndarray


def sliding_windows(path, spec, window=2.0, hop=0.5):
    """Yields the windows of a video, each prepared as for testing.

    Window k begins at `k * hop` and lasts `window` seconds; the last one is
    the first that reaches the end of the video, where it is cut. Its clip is
    that of `load_clip(path, spec, segment=(start, end))`.

    Args:
        path: the video file.
        spec: a `ClipSpec`, RGB.
        window: seconds, above 0.
        hop: seconds, above 0 and at most `window`, so that nothing is left
            out.

    Yields:
        `Window`, at least one.

    Raises:
        VideoDecodeError: the file cannot be read, or holds no frame.
        ValueError: numbers out of range, or a specification of flow.
    """
    check_sliding(spec, window, hop)
    frames = RecentFrames(spec)
    number = 0
    for seconds, frame in live.iterate_timed_frames(path):
        frames.add(seconds, prepare_frame(frame, spec))
        while seconds >= number * hop + window - timing.TOLERANCE:
            yield _cut(frames, number * hop, number * hop + window)
            number += 1
            frames.forget(number * hop)
    yield from _last_windows(frames, number, window, hop)


def check_sliding(spec, window, hop):
    """Raises a ValueError unless windows can slide so."""
    if not 0 < hop <= window < float("inf"):
        raise ValueError(
            "`window` and `hop` are seconds, and a hop is above 0 and at most "
            "a window, so that nothing of the video is left out. Received: "
            f"window={window}, hop={hop}"
        )
    if spec.modality != "rgb":
        raise ValueError(
            "Windows slide over video files, and this network takes "
            f"{spec.modality}. Received: modality={spec.modality!r}"
        )


def prepare_frame(frame, spec):
    """A frame as the clips of testing have it.

    Args:
        frame: uint8 `(h, w, 3)`.
        spec: a `ClipSpec`.

    Returns:
        float32 `(H, W, 3)` in [0, 255].
    """
    box = transforms.centre_box(frame.shape[:2], spec)
    frame = transforms.crop(frame[None], box)
    size = spec.frame_size
    return transforms.resize(frame, size, spec.interpolation).numpy()[0]


class RecentFrames:
    """The frames that a window may still need.

    Attributes:
        times: seconds of each, rising.
        frames: float32 `(H, W, 3)` each.
        step: seconds between the last two frames that came; before there
            are two, as long as `timing` lets a lone frame stay.
    """

    def __init__(self, spec):
        self.spec = spec
        self.times = collections.deque()
        self.frames = collections.deque()
        self.step = timing.frame_duration([0.0], spec.target_fps)

    def add(self, seconds, frame):
        """Keeps a frame that is later than all before."""
        if self.times:
            self.step = seconds - self.times[-1]
        self.times.append(seconds)
        self.frames.append(frame)

    def forget(self, start):
        """Lets go what was replaced on the screen before `start` seconds."""
        start += timing.TOLERANCE
        while len(self.times) > 1 and self.times[1] <= start:
            self.times.popleft()
            self.frames.popleft()

    def clip(self, start, end):
        """The clip of a part: float32 `(T, H, W, 3)`."""
        numbers = timing.frames_on_time(
            np.array(self.times),
            self.spec.target_fps,
            (start, end),
            self.spec.usual_rate,
        )
        chosen = numbers[sampling.sample(len(numbers), self.spec)]
        return np.stack([self.frames[number] for number in chosen])


def _cut(frames, start, end):
    return Window(start, end, frames.clip(start, end))


def _last_windows(frames, number, window, hop):
    """The windows that the file ended before, up to the one that it cuts."""
    end = frames.times[-1] + frames.step
    reached = number and (number - 1) * hop + window
    while reached < end - timing.TOLERANCE:
        start = number * hop
        reached = start + window
        yield _cut(frames, start, min(reached, end))
        number += 1
