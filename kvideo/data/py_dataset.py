"""Video files as a `keras.utils.PyDataset`, for JAX and PyTorch.

The twin of `pipeline.video_dataset`: the same arguments give the same clips in
the same order. It runs on every backend and does not need TensorFlow.
"""

import math
import threading

import keras
import numpy as np

from kvideo.data.plan import plan
from kvideo.data.resize import resize


class VideoPyDataset(keras.utils.PyDataset):
    """Batches of clips and labels from a listing of video files.

    Example:

    ```python
    listing = kvideo.data.open_listing("clips.csv")
    model.fit(kvideo.data.VideoPyDataset(listing, seed=1), epochs=10)
    ```

    An epoch of `fit`, and a loop over the data set, is a pass; a batch that is
    asked for by its number between passes belongs to the next one. A batch
    without a readable file has the clips of the one after it.

    Args:
        listing: a `Listing`.
        max_queue_size: batches that are kept ready; each takes
            B * T * H * W * C * 4 bytes.
        **options: the arguments of `kvideo.data.video_dataset`. Here
            `num_parallel_calls` threads read a batch each. `subset` is
            `"training"` or `"validation"`, and `batch_size` a number.

    Attributes:
        class_names, file_paths, labels, segments, clip_spec, broken_files,
            damaged_files, batch_paths: as those of `kvideo.data.video_dataset`.

    Raises:
        ValueError: an argument that does not fit.
    """

    def __init__(self, listing, max_queue_size=4, **options):
        if options.get("subset") == "both":
            raise ValueError(
                "A PyDataset is one data set: make two, with "
                'subset="training" and subset="validation" and the same seed. '
                "Received: subset='both'"
            )
        [self._part] = plan(listing, **options)
        settings = self._part.settings
        if settings.batch_size is None:
            raise ValueError(
                "`batch_size` should be a positive integer. "
                "Received: batch_size=None"
            )
        super().__init__(
            workers=settings.num_parallel_calls, max_queue_size=max_queue_size
        )
        for name, value in self._part.attributes().items():
            setattr(self, name, value)
        self.set_epoch = self._set_epoch
        self._rows, self._begun = None, False
        self._lock = threading.Lock()

    def __len__(self):
        """Number of batches in a pass."""
        size = self._part.settings.batch_size
        return math.ceil(len(self._part.epochs) / size)

    def __getitem__(self, index):
        """(clips, labels) of a batch, or clips without labels."""
        for number in range(index, index + len(self)):
            read = self._read(number % len(self))
            if read:
                return self._batch(*zip(*read, strict=True))
        raise ValueError("None of the video files can be decoded.")

    def __iter__(self):
        self.on_epoch_begin()
        yield from (self[index] for index in range(len(self)))
        self.on_epoch_end()

    def on_epoch_begin(self):
        """A pass begins."""
        self._begun = True

    def on_epoch_end(self):
        """The pass ends, and the next batch is the first of a new one."""
        # `fit` looks at some batches before its first epoch and says "end"
        # after them, too.
        if self._begun:
            self._rows, self._begun = None, False

    def _set_epoch(self, epoch):
        self._part.epochs.set(epoch)
        self._rows = None

    def _read(self, index):
        """[(clip, label)] of the files of a batch that can be read."""
        size = self._part.settings.batch_size
        loader, found = self._part.loader, []
        for row in self._pass()[index * size : (index + 1) * size]:
            frames, label, readable = loader.load(row)
            if readable:
                spec = loader.spec
                clip = resize(frames, spec.frame_size, spec.interpolation)
                found.append((clip, label))
        return found

    def _pass(self):
        with self._lock:
            if self._rows is None:
                self._rows = self._part.epochs.begin()
            return self._rows

    def _batch(self, clips, labels):
        clips, labels = np.stack(clips), np.stack(labels)
        mode, names = self._part.settings.label_mode, self.class_names
        if mode is None:
            return clips
        if not isinstance(names, dict):
            return clips, _encoded(labels, mode, names)
        columns = zip(names.items(), labels.T, strict=True)
        return clips, {
            key: _encoded(column, mode, own) for (key, own), column in columns
        }


def _encoded(labels, label_mode, class_names):
    if label_mode == "binary":
        return labels.astype(np.float32)[:, None]
    if label_mode == "categorical":
        return np.eye(len(class_names), dtype=np.float32)[labels]
    return labels
