"""The TensorFlow side of the data set: a listing becomes batches of clips."""

import dataclasses
import math

import tensorflow as tf

from kvideo.data import transforms
from kvideo.data.loader import Epochs, Loader, Tally
from kvideo.data.modality import MODALITIES
from kvideo.data.spec import ClipSpec


@dataclasses.dataclass(frozen=True)
class Settings:
    """What all subsets of a data set share.

    Attributes:
        spec: a `ClipSpec`.
        label_mode, batch_size, seed, crop_scales, on_error,
            num_parallel_calls, initial_epoch: as the arguments of
            `video_dataset_from_directory`.
        swaps: see `loader.Loader`.
    """

    spec: ClipSpec
    label_mode: str | None
    batch_size: int | None
    seed: int
    crop_scales: tuple
    swaps: dict | None
    on_error: str
    num_parallel_calls: int
    initial_epoch: int


def clip_batches(listing, settings, shuffle, training):
    """The `tf.data.Dataset` of a listing, with its attributes.

    Args:
        listing: a `Listing`.
        settings: a `Settings`.
        shuffle: whether each epoch has its own order.
        training: whether frames, box and flip are random.
    """
    size, seed = len(listing), settings.seed
    epochs = Epochs(size, seed, shuffle, settings.initial_epoch)
    tally = Tally(size)
    loader = Loader(
        listing,
        settings.spec,
        seed,
        training,
        settings.crop_scales,
        settings.swaps,
        settings.on_error,
        tally,
    )
    classes = len(listing.class_names or ())
    dataset = _rows(epochs, size).map(
        _load_fn(loader, settings, classes),
        num_parallel_calls=settings.num_parallel_calls,
        deterministic=True,
    )
    dataset = _batched(dataset, settings).prefetch(tf.data.AUTOTUNE)
    if settings.on_error == "skip":
        _promise_length(dataset, size, settings.batch_size)
    dataset.class_names = listing.class_names
    dataset.file_paths = listing.file_paths
    dataset.labels = listing.labels
    dataset.clip_spec = settings.spec
    dataset.broken_files = tally.broken_files
    dataset.set_epoch = epochs.set
    return dataset


def _rows(epochs, size):
    """Rows (pass, epoch, file); a new pass each time it is iterated."""

    def begin(_):
        rows = tf.numpy_function(epochs.begin, [], tf.int64)
        rows.set_shape((size, 3))
        return tf.data.Dataset.from_tensor_slices(rows)

    rows = tf.data.Dataset.range(1).flat_map(begin)
    return rows.apply(tf.data.experimental.assert_cardinality(size))


def _load_fn(loader, settings, classes):
    """Row -> ((clip,) or (clip, label), whether the file could be read)."""
    spec = settings.spec
    channels = MODALITIES[spec.modality].channels

    def load(row):
        frames, label, readable = tf.numpy_function(
            loader.load, [row], (tf.uint8, tf.int32, tf.bool)
        )
        frames.set_shape((spec.num_frames, None, None, channels))
        label.set_shape(())
        readable.set_shape(())
        clip = transforms.resize(frames, spec.frame_size, spec.interpolation)
        if settings.label_mode is None:
            return (clip,), readable
        return (clip, _encoded(label, settings.label_mode, classes)), readable

    return load


def _encoded(label, label_mode, classes):
    if label_mode == "binary":
        return tf.cast(label, tf.float32)[None]
    if label_mode == "categorical":
        return tf.one_hot(label, classes)
    return label


def _batched(dataset, settings):
    """Groups what could be read; batches keep their places in the order."""
    if settings.batch_size is not None:
        dataset = dataset.batch(settings.batch_size)
    if settings.on_error == "skip":
        dataset = dataset.filter(lambda _, readable: tf.reduce_any(readable))

    def without_broken(element, readable):
        if settings.on_error == "skip" and settings.batch_size is not None:
            element = tuple(tf.boolean_mask(x, readable) for x in element)
        return element if len(element) == 2 else element[0]

    return dataset.map(without_broken)


def _promise_length(dataset, size, batch_size):
    """Tells Keras how many batches will come.

    tf.data does not know it after a filter, and `fit` would warn that it ran
    out of data at the end of each first epoch. The promise is broken only if
    all files of one batch are.
    """
    batches = math.ceil(size / (batch_size or 1))
    dataset.cardinality = lambda: tf.constant(batches, tf.int64)
