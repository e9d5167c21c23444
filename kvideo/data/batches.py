"""The TensorFlow side of the data set: a listing becomes batches of clips."""

import math

import tensorflow as tf

from kvideo.causes import remembered
from kvideo.data import transforms
from kvideo.data.modality import MODALITIES
from kvideo.data.promised_length import promise_length


def clip_batches(part):
    """The `tf.data.Dataset` of a `plan.Part`, with its attributes."""
    loader, settings = part.loader, part.settings
    size = len(part.epochs)
    dataset = _rows(part.epochs, size).map(
        _load_fn(loader, settings),
        num_parallel_calls=settings.num_parallel_calls,
        deterministic=True,
    )
    dataset = _batched(dataset, settings).prefetch(tf.data.AUTOTUNE)
    if settings.on_error == "skip":
        batches = math.ceil(size / (settings.batch_size or 1))
        promise_length(dataset, tf.data.Dataset.range(batches))
    for name, value in part.attributes().items():
        setattr(dataset, name, value)
    return dataset


def _rows(epochs, size):
    """Rows (pass, epoch, file); a new pass each time it is iterated.

    The number of a pass is an element of its own, so that a checkpoint of the
    iterator has it, and the rows follow from it alone.
    """

    def number(one):
        return _numpy(lambda _: epochs.number(), [one], tf.int64)

    def in_order(numbers):
        rows = _numpy(epochs.rows, [numbers], tf.int64)
        rows.set_shape((size, 3))
        return tf.data.Dataset.from_tensor_slices(rows)

    rows = tf.data.Dataset.range(1).map(number).flat_map(in_order)
    return rows.apply(tf.data.experimental.assert_cardinality(size))


def _numpy(function, inputs, types):
    """A Python function in a graph, in a data set that can be saved.

    tf.data saves no iterator that runs functions which it must take for
    stateful. Ours give the same for the same inputs, but for the number of a
    pass, which is part of what is saved. (Without an input, tf.data could
    compute a function once for all.)
    """
    return tf.numpy_function(
        remembered(function), inputs, types, stateful=False
    )


def _load_fn(loader, settings):
    """Row -> ((clip,) or (clip, label), whether the file could be read)."""
    spec, label_mode = loader.spec, settings.label_mode
    channels = MODALITIES[spec.modality].channels
    class_names = loader.listing.class_names
    several = isinstance(class_names, dict)

    def load(row):
        frames, label, readable = _numpy(
            loader.load, [row], (tf.uint8, tf.int32, tf.bool)
        )
        frames.set_shape((spec.num_frames, None, None, channels))
        label.set_shape((len(class_names),) if several else ())
        readable.set_shape(())
        clip = transforms.resize(frames, spec.frame_size, spec.interpolation)
        if label_mode is None:
            return (clip,), readable
        if not several:
            label = _encoded(label, label_mode, class_names)
            return (clip, label), readable
        labels = {
            key: _encoded(label[place], label_mode, names)
            for place, (key, names) in enumerate(class_names.items())
        }
        return (clip, labels), readable

    return load


def _encoded(label, label_mode, class_names):
    if label_mode == "binary":
        return tf.cast(label, tf.float32)[None]
    if label_mode == "categorical":
        return tf.one_hot(label, len(class_names))
    return label


def _batched(dataset, settings):
    """Groups what could be read; batches keep their places in the order."""
    if settings.batch_size is not None:
        dataset = dataset.batch(settings.batch_size)
    skip = settings.on_error == "skip"
    if skip:
        dataset = dataset.filter(lambda _, readable: tf.reduce_any(readable))

    def without_broken(element, readable):
        if skip and settings.batch_size is not None:
            # The mask copies the batch, and is seldom needed.
            element = tf.cond(
                tf.reduce_all(readable),
                lambda: element,
                lambda: tf.nest.map_structure(
                    lambda x: tf.boolean_mask(x, readable), element
                ),
            )
        return element if len(element) == 2 else element[0]

    return dataset.map(without_broken)
