"""The Python side of the data sets of views: one video in, its views out."""

import dataclasses

import numpy as np

from kvideo.data import decode, flips
from kvideo.data import views as viewing
from kvideo.data.decode import damage
from kvideo.data.loader import Tally


@dataclasses.dataclass(frozen=True)
class ViewReader:
    """Reads the videos of a listing for all of their views.

    Attributes:
        listing: a `Listing`.
        spec: a `ClipSpec`.
        views: a `Views`.
        on_error: `"skip"` or `"raise"`.
        tally: a `Tally`.
    """

    listing: object
    spec: object
    views: viewing.Views
    on_error: str
    tally: Tally

    @classmethod
    def of(cls, source, views, clip_spec, on_error):
        """A reader for the arguments of `view_dataset`."""
        listing = getattr(source, "listing", source)
        spec = clip_spec or source.clip_spec
        views = viewing.checked(views, spec)
        _check_mirror(views, listing.class_names)
        return cls(listing, spec, views, on_error, Tally(len(listing)))

    def read(self, file):
        """(readable, frames `(k, h, w, C)`, places `(V, T)`, boxes)."""
        listing, file = self.listing, int(file)
        path = listing.file_paths[file]
        try:
            with damage.collected() as reports:
                frames, places = viewing.read_clips(
                    path,
                    self.spec,
                    self.views.clips,
                    listing.segment(file),
                    listing.files,
                )
        except decode.VideoDecodeError as error:
            if self.on_error == "raise":
                raise
            self.tally.add(0, 0, file, path, error.reason)
            nothing = np.zeros((1, 1), np.int32)
            return False, np.zeros((1, 1, 1, 1), np.uint8), nothing, nothing
        damaged = damage.summary(reports)
        self.tally.add(0, 0, file, path, damaged=damaged)
        size = frames.shape[1:3]
        boxes = viewing.boxes(size, self.spec, self.views.crops)
        return True, frames, places, boxes

    def attributes(self):
        """What users find on the data set: names to values."""
        listing = self.listing
        return {
            "views": self.views,
            "listing": listing,
            "clip_spec": self.spec,
            "class_names": listing.class_names,
            "file_paths": listing.file_paths,
            "labels": listing.labels,
            "broken_files": self.tally.broken_files,
            "damaged_files": self.tally.damaged_files,
            "read_paths": self._read_paths,
        }

    def _read_paths(self):
        broken = self.tally.broken
        paths = enumerate(self.listing.file_paths)
        return [path for file, path in paths if file not in broken]


def _check_mirror(views, class_names):
    names = class_names or []
    if isinstance(names, dict):
        names = [name for column in names.values() for name in column]
    directions = flips.directional(names)
    if views.crops == 10 and directions:
        raise ValueError(
            "Half of ten crops are mirrored, which makes another class of "
            f"{directions[0]!r}. Use three crops. Received: views={views}"
        )
