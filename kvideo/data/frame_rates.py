"""The frame rate of a listing: what is usual in it, and which files differ.

It is told by time stamps, which most files give without being decoded, and
which are remembered for the first epoch.
"""

import concurrent.futures
import dataclasses

import numpy as np

from kvideo.data import decode, timing
from kvideo.data.modality import MODALITIES

# Of a long listing so many files are looked at, evenly spread over it.
MOST_FILES = 200
_THREADS = 8


@dataclasses.dataclass(frozen=True)
class FrameRates:
    """When the frames of the files of a listing are shown.

    Attributes:
        times: of each file that was looked at and has time stamps, seconds of
            two frames or more, `(n,)`.
    """

    times: tuple

    @classmethod
    def of(cls, listing, modality="rgb"):
        """The `FrameRates` of a listing.

        Args:
            listing: a `Listing`. Files that cannot be read are passed over, as
                are those without time stamps.
            modality: of a `ClipSpec`.
        """
        files = listing.files or MODALITIES[modality].files
        count = min(len(listing), MOST_FILES)
        places = np.linspace(0, len(listing) - 1, count).astype(int)
        paths = dict.fromkeys(listing.file_paths[place] for place in places)
        with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(lambda path: _times(files, path), paths))
        timed = (times for times in found if times is not None)
        return cls(tuple(times for times in timed if len(times) > 1))

    @property
    def usual(self):
        """Frames a second, the median of files; `None` where none has times."""
        if not self.times:
            return None
        spans = [times[-1] - times[0] for times in self.times]
        steps = [len(times) - 1 for times in self.times]
        return round(float(np.median(np.divide(steps, spans))), 3)

    def sentence(self, spec):
        """That some videos are read by time, in words; "" where none is.

        Args:
            spec: the `ClipSpec` that they are read with.
        """
        rate = spec.usual_rate
        differing = sum(timing.has_another_rate(t, rate) for t in self.times)
        if not differing:
            return ""
        return (
            f"{differing} of {len(self.times)} videos have another frame rate "
            f"than {rate:g} a second, or a variable one: such videos are read "
            "by time, at that rate."
        )


def _times(files, path):
    try:
        return timing.times_of(files, path)
    except decode.VideoDecodeError:
        return None
