"""Videos as if their camera had been slower or faster.

A wrapper of what reads files (`Listing.files`), so that every sampler sees
another frame rate: at half the rate, every second frame is missing and a clip
at stride s spans what stride 2 s would have; at twice the rate each frame
comes twice, and an even stride s reads what stride s / 2 would have.
"""

import dataclasses

import numpy as np

from kvideo.data import timing
from kvideo.data.decode import VideoTooShortError
from kvideo.data.modality import MODALITIES

RATES = (0.5, 2)


@dataclasses.dataclass(frozen=True)
class TempoFiles:
    """Reads files at another frame rate.

    Attributes:
        files: what reads them at their own, as `Listing.files`.
        rate: 0.5 (every second frame) or 2 (each frame twice).
    """

    files: object
    rate: float

    def __post_init__(self):
        if self.rate not in RATES:
            raise ValueError(
                f"`rate` should be one of {RATES}. Received: rate={self.rate!r}"
            )

    def count_frames(self, path):
        return self._length(self.files.count_frames(path))

    def frame_times(self, path):
        """Seconds of the frames; where each comes twice, evenly between."""
        times = timing.times_of(self.files, path)
        if times is None:
            raise timing.NoTimesError(f"There are no time stamps of '{path}'.")
        if self.rate < 1:
            return times[::2]
        halves = np.diff(times, append=times[-1] + timing.frame_duration(times))
        return np.stack([times, times + halves / 2], axis=1).ravel()

    def read_frames(self, path, indices):
        try:
            return self.files.read_frames(path, self._numbers(indices))
        except VideoTooShortError as error:
            length = self._length(error.num_frames)
            last = int(np.max(indices))
            raise VideoTooShortError(path, length, last) from error

    def _numbers(self, indices):
        """Frame numbers of the file for those of the slower or faster one."""
        return np.asarray(indices) * 2 // round(2 * self.rate)

    def _length(self, frames):
        return -(-frames * round(2 * self.rate) // 2)


def at_rate(listing, spec, rate):
    """A listing whose videos have another frame rate.

    Args:
        listing: a `Listing`.
        spec: the `ClipSpec` that its clips are made by. With `target_fps` the
            instants are fixed in seconds, so that rate changes instead; a
            `frame_rate` changes with the videos.
        rate: see `TempoFiles`.

    Returns:
        A `Listing` and a `ClipSpec`.
    """
    if spec.target_fps is not None:
        fps = rate * spec.target_fps
        return listing, dataclasses.replace(spec, target_fps=fps)
    files = listing.files or MODALITIES[spec.modality].files
    files = TempoFiles(files, rate)
    usual = spec.frame_rate and rate * spec.frame_rate
    spec = dataclasses.replace(spec, frame_rate=usual)
    return dataclasses.replace(listing, files=files), spec
