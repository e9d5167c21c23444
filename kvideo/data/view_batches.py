"""A data set of all views of each video, for evaluation."""

import tensorflow as tf

from kvideo.causes import remembered
from kvideo.data import transforms
from kvideo.data.modality import MODALITIES
from kvideo.data.view_reader import ViewReader
from kvideo.data.views import is_mirrored

# Nothing here branches on a tensor in Python: AutoGraph would only take time.
_as_it_is = tf.autograph.experimental.do_not_convert


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
    scores = kvideo.evaluation.evaluate(model, all_views)
    videos = kvideo.evaluation.per_video(scores, views=30)
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
        clips alone where it has none). Attributes: `views`, `listing`,
        `class_names`, `file_paths`, `labels`, `clip_spec`, `broken_files`,
        `damaged_files`, and `read_paths()`, after a pass the files whose views
        came, in order.

    Raises:
        ValueError: an argument that does not fit, or ten crops, five of them
            mirrored, of classes that would change in a mirror.
    """
    reader = ViewReader.of(source, views, clip_spec, on_error)
    dataset = (
        tf.data.Dataset.range(len(reader.listing))
        .map(_read_fn(reader), num_parallel_calls)
        .filter(_as_it_is(lambda file, readable, *video: readable))
        .flat_map(_expand_fn(reader, num_parallel_calls))
        .batch(batch_size)
        .prefetch(1)
    )
    for name, value in reader.attributes().items():
        setattr(dataset, name, value)
    return dataset


def _read_fn(reader):
    """File number -> (it, whether it could be read, its frames, ...)."""
    kinds = tf.bool, tf.uint8, tf.int32, tf.int32

    @_as_it_is
    def read(file):
        return file, *tf.numpy_function(remembered(reader.read), [file], kinds)

    return read


def _expand_fn(reader, num_parallel_calls):
    """A video -> the data set of its views."""
    spec, views, labels = reader.spec, reader.views, reader.listing.labels
    kind = MODALITIES[spec.modality]
    if isinstance(labels, dict):
        labels = {key: tf.constant(column) for key, column in labels.items()}
    elif labels is not None:
        labels = tf.constant(labels)

    @_as_it_is
    def expand(file, readable, frames, places, boxes):
        frames.set_shape((None, None, None, kind.channels))
        places.set_shape((views.clips, spec.num_frames))
        boxes.set_shape((views.crops, 4))

        @_as_it_is
        def view(number):
            crop = number % views.crops
            clip = tf.gather(frames, places[number // views.crops])
            clip = transforms.crop(clip, tf.unstack(boxes[crop]))
            if views.crops == 10:
                clip = _mirrored(clip, is_mirrored(crop), kind.flip)
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
