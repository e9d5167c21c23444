"""All views of each video for evaluation, on every backend."""

import numpy as np

from kvideo.data.view_reader import ViewReader
from kvideo.data.views import cut_views


class ViewBatches:
    """Batches of views: `view_dataset` without TensorFlow.

    The same arguments give the same clips in the same order, for
    `kvideo.evaluation.evaluate` and loops of your own. One video is read at a
    time, in the thread that asks; its frames and one batch are in memory.

    Args:
        source, views, clip_spec, batch_size, on_error: see `view_dataset`.

    Attributes:
        views, listing, clip_spec, class_names, file_paths, labels,
            broken_files, damaged_files, read_paths: see `view_dataset`.
    """

    def __init__(
        self,
        source,
        views="10x3",
        clip_spec=None,
        batch_size=8,
        on_error="skip",
    ):
        self._reader = ViewReader.of(source, views, clip_spec, on_error)
        self._batch_size = batch_size
        for name, value in self._reader.attributes().items():
            setattr(self, name, value)

    def __iter__(self):
        """Yields (clips, labels), or clips where there are no labels."""
        batch = []
        for file in range(len(self.listing)):
            readable, *video = self._reader.read(file)
            if not readable:
                continue
            for clip in cut_views(self.clip_spec, *video):
                batch.append((clip, file))
                if len(batch) == self._batch_size:
                    yield self._stacked(batch)
                    batch = []
        if batch:
            yield self._stacked(batch)

    def _stacked(self, batch):
        clips, files = zip(*batch, strict=True)
        clips, files, labels = np.stack(clips), list(files), self.labels
        if labels is None:
            return clips
        if isinstance(labels, dict):
            return clips, {
                key: np.int32(column)[files] for key, column in labels.items()
            }
        return clips, np.int32(labels)[files]
