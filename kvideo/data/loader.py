"""The Python side of the data set: one file in, one clip out.

Every random number comes from (seed, epoch, file), so that a clip does not
depend on which thread reads it, or on what was read before.
"""

import dataclasses
import threading
import warnings

import numpy as np

from kvideo.data import decode
from kvideo.data import spec as specs
from kvideo.data.decode import damage
from kvideo.data.frame_files import VideoFiles
from kvideo.data.modality import MODALITIES


class Epochs:
    """Numbers the passes over the data and gives the order of each.

    A pass gets its number when its first clip is asked for; an iterator that
    is made and dropped (Keras makes one at the end of an epoch) takes none.

    With `share=(i, n)` it is every n-th file of each order, from the i-th on.
    """

    def __init__(self, size, seed, shuffle, initial_epoch, share=(0, 1)):
        self._size, self._seed, self._shuffle = size, seed, shuffle
        self._share = share
        self._next, self._fixed, self._passes = initial_epoch, False, 0
        self._lock = threading.Lock()

    def __len__(self):
        """Number of files in a pass."""
        first, step = self._share
        return len(range(first, self._size, step))

    def set(self, epoch):
        """All passes that begin from now on are epoch number `epoch`."""
        with self._lock:
            self._next, self._fixed = int(epoch), True

    def begin(self):
        """Rows (pass, epoch, file) of a new pass, int64 `(N, 3)`."""
        return self.rows(self.number())

    def number(self):
        """(pass, epoch) of a new pass, int64 `(2,)`."""
        with self._lock:
            epoch, number = self._next, self._passes
            self._next += not self._fixed
            self._passes += 1
        return np.array([number, epoch], np.int64)

    def rows(self, numbers):
        """Rows (pass, epoch, file) of a pass (pass, epoch), `(N, 3)`."""
        number, epoch = numbers
        order = self.order(epoch)
        rows = [np.full_like(order, number), np.full_like(order, epoch), order]
        return np.stack(rows, axis=1)

    def order(self, epoch):
        """The numbers of the files in the order of an epoch, `(N,)`."""
        order = np.arange(self._size)
        if self._shuffle:
            generator(self._seed, epoch).shuffle(order)
        first, step = self._share
        return order[first::step]


def generator(seed, epoch, file=None):
    """The random numbers of an epoch, or of a file in an epoch."""
    # SeedSequence reads [a, b] and [a, b, 0] alike: files count from 1.
    place = 0 if file is None else file + 1
    return np.random.default_rng(np.random.SeedSequence((seed, epoch, place)))


class Tally:
    """Counts the files of each pass, and names the broken ones at its end.

    Attributes:
        broken_files: path -> reason, of all passes.
        broken: the numbers of these files.
        damaged_files: path -> how much of a clip was damaged, of all passes;
            these clips were used.
    """

    def __init__(self, size):
        self.broken_files, self.broken = {}, set()
        self.damaged_files = {}
        self._size, self._counts = size, {}
        self._lock = threading.Lock()

    def add(self, number, epoch, file, path, reason=None, damaged=None):
        """A file of a pass was read.

        Args:
            number, epoch: of the pass.
            file, path: its number and its path.
            reason: why it is broken, or `None`.
            damaged: how much of its clip is damaged, or `None`.
        """
        with self._lock:
            counts = self._counts.setdefault(number, (set(), {}, {}))
            seen, broken, marred = counts
            seen.add(file)
            if reason:
                broken[file] = f"{path} ({reason})"
                self.broken_files[str(path)] = reason
                self.broken.add(file)
            elif damaged:
                marred[file] = f"{path} ({damaged})"
                self.damaged_files[str(path)] = damaged
            if len(seen) < self._size:
                return
            del self._counts[number]
        self._report(epoch, [*broken.values()], [*marred.values()])

    def _report(self, epoch, broken, damaged):
        if len(broken) == self._size:
            raise ValueError(
                f"None of the {self._size} video files can be decoded:"
                f"{_names(broken)}"
            )
        for names, what in (
            (broken, "could not be decoded and were skipped"),
            (
                damaged,
                "gave clips with damaged or missing frames, which were used",
            ),
        ):
            if names:
                warnings.warn(
                    f"Epoch {epoch}: {len(names)} of {self._size} video files "
                    f"{what}:{_names(names)}",
                    stacklevel=3,
                )


def _names(names):
    more = len(names) - 10
    return "".join(
        f"\n  {line}" for line in names[:10] + [f"and {more} more"] * (more > 0)
    )


def source(listing, spec, decoder_threads):
    """What reads the files of a listing, for clips of a `ClipSpec`."""
    files = listing.files or MODALITIES[spec.modality].files
    return VideoFiles(decoder_threads) if files is decode else files


@dataclasses.dataclass
class Loader:
    """Reads clips for the rows of `Epochs`.

    Attributes:
        listing: a `Listing`.
        spec: a `ClipSpec`.
        seed: integer from 0.
        training: whether frames, box and flip are random.
        crop: a `ClipCrop`.
        swaps: labels that change in a flip, with what they change to; `None`
            for no flips.
        on_error: `"skip"` or `"raise"`.
        tally: a `Tally`.
        decoder_threads: threads that decode one video file.
        stride_jitter: factors of the stride in training, (low, high) or
            `None`.
    """

    listing: object
    spec: object
    seed: int
    training: bool
    crop: object
    swaps: dict | None
    on_error: str
    tally: Tally
    decoder_threads: int = 1
    stride_jitter: tuple | None = None

    def __post_init__(self):
        self.files = source(self.listing, self.spec, self.decoder_threads)

    def load(self, row):
        """(uint8 `(T, h, w, C)`, int32 labels, whether it could be read).

        Labels are `()`, or `(K,)` where a file has K of them.
        """
        number, epoch, file = (int(value) for value in row)
        path = self.listing.file_paths[file]
        try:
            with damage.collected() as reports:
                frames, flipped = self._frames(path, epoch, file)
        except decode.VideoDecodeError as error:
            if self.on_error == "raise":
                raise
            self.tally.add(number, epoch, file, path, error.reason)
            return self._nothing(), self._label(file, False), False
        damaged = damage.summary(reports)
        self.tally.add(number, epoch, file, path, damaged=damaged)
        return frames, self._label(file, flipped), True

    def _frames(self, path, epoch, file):
        rng = generator(self.seed, epoch, file) if self.training else None
        return specs.load_frames(
            path,
            self.spec,
            rng,
            self.crop,
            flip=self.swaps is not None,
            segment=self.listing.segment(file),
            files=self.files,
            jitter=self.stride_jitter,
        )

    def _label(self, file, flipped):
        labels = self.listing.labels
        if labels is None:
            return np.int32(0)
        if isinstance(labels, dict):
            return np.int32([column[file] for column in labels.values()])
        label = labels[file]
        return np.int32(self.swaps.get(label, label) if flipped else label)

    def _nothing(self):
        channels = MODALITIES[self.spec.modality].channels
        return np.zeros((self.spec.num_frames, 1, 1, channels), np.uint8)
