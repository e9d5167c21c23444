"""A data set of all views of each video, for evaluation."""

import dataclasses

import numpy as np
import tensorflow as tf

from kvideo.data import decode, flips, transforms
from kvideo.data import views as viewing
from kvideo.data.loader import Tally
from kvideo.data.modality import MODALITIES


def view_dataset(
    source,
    views="10x3",
    clip_spec=None,
    batch_size=8,
    on_error="skip",
    num_parallel_calls=2,
):
    """Makes a `tf.data.Dataset` of views: clips x crops of each video.

    The V views of a video follow each other on the batch axis, in the order
    of `kvideo.data.views`, each with the label of the video. A batch may end
    between two views of a video. Example:

    ```python
    clips = video_dataset_from_directory("test", shuffle=False)
    all_views = view_dataset(clips, "10x3")
    scores = kvideo.evaluate.evaluate(model, all_views)
    videos = kvideo.evaluate.per_video(scores, views=30)
    ```

    Each video is read once, and of it the frames that any of its clips needs.
    In memory are those of `num_parallel_calls` + 1 videos, at most V * T
    frames of bytes each, and two batches of clips: 10 clips of 16 frames of
    340x256 take 42 MB, of 1920x1080 take 1 GB.

    Args:
        source: a data set of `kvideo.data`, or the `Listing` of one. The
            videos come in the order of its `file_paths`.
        views: a `Views`, or text such as `"10x3"`.
        clip_spec: a `ClipSpec`; `None` takes that of `source`.
        batch_size: views in a batch.
        on_error: `"skip"` leaves out all views of a video that cannot be
            decoded, and warns at the end; `"raise"` raises.
        num_parallel_calls: videos read at a time.

    Returns:
        A `tf.data.Dataset` of float32 clips `(B, T, H, W, C)` in [0, 255] and
        integer labels `(B,)` (a dictionary of them where a video has several;
        clips alone where it has none). Attributes: `views`, `class_names`,
        `file_paths`, `labels`, `clip_spec`, `broken_files`, and
        `read_paths()`, after a pass the files whose views came, in order.

    Raises:
        ValueError: an argument that does not fit, or ten crops, five of them
            mirrored, of classes that would change in a mirror.
    """
    listing = getattr(source, "listing", source)
    spec = clip_spec or source.clip_spec
    views = viewing.checked(views, spec)
    _check_mirror(views, listing.class_names)
    reader = _Reader(listing, spec, views, on_error, Tally(len(listing)))
    dataset = (
        tf.data.Dataset.range(len(listing))
        .map(reader.read_fn(), num_parallel_calls)
        .filter(lambda file, readable, *video: readable)
        .flat_map(_expand_fn(listing, spec, views, num_parallel_calls))
        .batch(batch_size)
        .prefetch(1)
    )
    dataset.views = views
    dataset.clip_spec = spec
    dataset.class_names = listing.class_names
    dataset.file_paths = listing.file_paths
    dataset.labels = listing.labels
    dataset.broken_files = reader.tally.broken_files
    dataset.read_paths = reader.read_paths
    return dataset


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


@dataclasses.dataclass
class _Reader:
    """The Python side: one video in, its frames and its boxes out."""

    listing: object
    spec: object
    views: viewing.Views
    on_error: str
    tally: Tally

    def read_fn(self):
        """File number -> (it, whether it could be read, what `read` gave)."""
        kinds = tf.bool, tf.uint8, tf.int32, tf.int32

        def read(file):
            return file, *tf.numpy_function(self.read, [file], kinds)

        return read

    def read(self, file):
        """(readable, frames `(k, h, w, C)`, places `(V, T)`, boxes)."""
        listing, file = self.listing, int(file)
        path = listing.file_paths[file]
        try:
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
        self.tally.add(0, 0, file, path)
        size = frames.shape[1:3]
        boxes = viewing.boxes(size, self.spec, self.views.crops)
        return True, frames, places, boxes

    def read_paths(self):
        broken = self.tally.broken
        paths = enumerate(self.listing.file_paths)
        return [path for file, path in paths if file not in broken]


def _expand_fn(listing, spec, views, num_parallel_calls):
    """A video -> the data set of its views."""
    kind = MODALITIES[spec.modality]
    labels = listing.labels
    if isinstance(labels, dict):
        labels = {key: tf.constant(column) for key, column in labels.items()}
    elif labels is not None:
        labels = tf.constant(labels)

    def expand(file, readable, frames, places, boxes):
        frames.set_shape((None, None, None, kind.channels))
        places.set_shape((views.clips, spec.num_frames))
        boxes.set_shape((views.crops, 4))

        def view(number):
            crop = number % views.crops
            clip = tf.gather(frames, places[number // views.crops])
            clip = transforms.crop(clip, tf.unstack(boxes[crop]))
            if views.crops == 10:
                clip = _mirrored(clip, viewing.is_mirrored(crop), kind.flip)
            clip = transforms.resize(clip, spec.frame_size, spec.interpolation)
            if labels is None:
                return clip
            return clip, tf.nest.map_structure(lambda x: x[file], labels)

        every = tf.data.Dataset.range(len(views))
        return every.map(view, num_parallel_calls)

    return expand


def _mirrored(clip, needed, flip):
    """`clip`, mirrored by a NumPy function where that is needed."""
    shape = clip.shape

    def mirror():
        mirrored = tf.numpy_function(flip, [clip], tf.uint8)
        mirrored.set_shape(shape)
        return mirrored

    return tf.cond(needed, mirror, lambda: clip)
