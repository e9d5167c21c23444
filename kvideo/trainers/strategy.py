"""The devices of a run, and batches that can be shared among them.

With TensorFlow every device has a copy of the network and takes an equal
share of each batch (`tf.distribute.MirroredStrategy`); with JAX it is one
network whose batches lie on all devices (`keras.distribution.DataParallel`).
For devices of several machines see `kvideo.trainers.workers`.

Decision: training leaves out the clips that do not fill a batch, others in
each epoch. An incomplete batch gives devices shares of different sizes, whose
clips would count differently, or none at all, from which batch normalisation
takes NaN statistics. Evaluation counts all clips, each once.
"""

import contextlib
import functools
import math

import keras

from kvideo.trainers import workers


@contextlib.contextmanager
def scope(config):
    """Inside of it networks are made, trained and evaluated on all devices.

    Args:
        config: A `RunConfig`. `"auto"` takes all GPUs of this machine where
            there are several (with JAX: all devices), and one device for
            multigrid training; `"mirrored"` takes all CPU devices where there
            is no GPU; `"multi-worker"` those of all machines that the
            environment variable `TF_CONFIG` names.

    Raises:
        ValueError: The batch cannot be cut into equal shares, or the backend
            has no such strategy.
    """
    with _scope(config):
        check_shares(config, replicas())
        yield


def _scope(config):
    backend = keras.backend.backend()
    _check_backend(config.strategy, backend)
    if config.strategy == workers.NAME:
        return workers.scope(config)
    if config.strategy == "none" or config.multigrid:
        return contextlib.nullcontext()
    if backend == "jax":
        devices = keras.distribution.list_devices()
        if len(devices) > 1:
            return keras.distribution.DataParallel(devices=devices).scope()
    if backend == "tensorflow":
        devices = _devices(config.strategy)
        if len(devices) > 1:
            return _mirrored(devices).scope()
    return contextlib.nullcontext()


def left_out(config):
    """A sentence where multigrid leaves GPUs without work, or None."""
    if not config.multigrid or keras.backend.backend() != "tensorflow":
        return None
    number = len(_devices("auto"))
    if number < 2:
        return None
    return (
        f"Multigrid trains on one device: {number - 1} of {number} GPUs have "
        "nothing to do."
    )


def _check_backend(strategy, backend):
    able = {"mirrored": ("tensorflow", "jax"), workers.NAME: ("tensorflow",)}
    if backend not in able.get(strategy, (backend,)):
        raise ValueError(
            f"The strategy needs the backend {' or '.join(able[strategy])}: "
            'with this one give "none". Received: '
            f"strategy={strategy!r}, KERAS_BACKEND={backend}"
        )


def _devices(strategy):
    import tensorflow as tf

    kinds = ["GPU", "CPU"] if strategy == "mirrored" else ["GPU"]
    found = [tf.config.list_logical_devices(kind) for kind in kinds]
    return tuple(d.name for d in next(filter(None, found), []))


@functools.cache
def _mirrored(devices):
    """One for a process: a second one fails in TensorFlow 2.21."""
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(devices)


def replicas():
    """The number of devices that share a batch, in `scope`."""
    backend = keras.backend.backend()
    if backend == "jax":
        distribution = keras.distribution.distribution()
        return math.prod(distribution.device_mesh.shape) if distribution else 1
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.distribute.get_strategy().num_replicas_in_sync
    return 1


def check_shares(config, number):
    """Raises a `ValueError` unless the batch has equal parts for devices."""
    if config.batch_size % (number * config.accumulate):
        raise ValueError(
            "`batch_size` must be a multiple of devices x `accumulate`. "
            f"Received: batch_size={config.batch_size}, {number} devices, "
            f"accumulate={config.accumulate}"
        )


def check_last_batch(count, size):
    """Raises a `ValueError` where JAX cannot share the last batch.

    Args:
        count: Clips of an evaluation, of which none is left out.
        size: Clips in a batch.
    """
    number = replicas()
    if keras.backend.backend() == "jax" and count % size % number:
        raise ValueError(
            "With JAX every batch must have equal parts for all devices. "
            f"Received: {count} videos for validation in batches of {size}, "
            f"of which the last has {count % size} clips, and {number} "
            'devices. Hold out another number, or use strategy="none".'
        )


def skip_empty_shares(model):
    """Lets devices without a clip of the last batch do nothing with it.

    Convolutions of TensorFlow 2.21 on processors give the shape of their
    input where there are no clips, so that the next layer would fail.

    Args:
        model: A compiled `keras.Model` (TensorFlow). Its `test_step` changes.
    """
    import tensorflow as tf

    step, names = model.test_step, []

    def test_step(data):
        def evaluate():
            results = step(data)
            names[:] = results
            return results

        def skip():
            results = model.get_metrics_result()
            return {name: results[name] for name in names}

        count = tf.shape(tf.nest.flatten(data)[0])[0]
        return tf.cond(count > 0, evaluate, skip)

    model.test_step = test_step


def full_batches(clips, size, drop_remainder=True, number_of_workers=1):
    """Turns a data set of single clips into batches of one size.

    Args:
        clips: What `kvideo.data.video_dataset` gives with `batch_size=None`;
            with several workers, the share of this one.
        size: Clips in a batch, of all workers.
        drop_remainder: Whether clips that do not fill one are left out.
        number_of_workers: How many share the batches.

    Returns:
        A `tf.data.Dataset` with the attributes of `video_dataset`; with
        several workers a `tf.distribute.DistributedDataset`, whose
        `batch_paths` are of this worker.

    Raises:
        ValueError: No batch would be left.
    """
    import tensorflow as tf

    count = len(clips.file_paths)
    number = count // size if drop_remainder else -(-count // size)
    if not number:
        raise ValueError(
            f"There are fewer videos than clips in a batch: {count} of them. "
            f"Received: batch_size={size}"
        )
    if number_of_workers > 1:
        batches = workers.batches(clips, size, number, drop_remainder)
        size //= number_of_workers
    else:
        batches = clips.batch(size, drop_remainder=drop_remainder)
        batches = batches.prefetch(tf.data.AUTOTUNE)
        # Videos that cannot be read may make it less.
        batches.cardinality = lambda: tf.constant(number, tf.int64)
    for name in _ATTRIBUTES:
        setattr(batches, name, getattr(clips, name))

    def batch_paths(epoch, batch):
        paths = []
        # A worker may have begun its share anew, see `workers.batches`.
        with contextlib.suppress(IndexError):
            for place in range(batch * size, (batch + 1) * size):
                paths += clips.batch_paths(epoch, place)
        return paths

    batches.batch_paths = batch_paths
    return batches


_ATTRIBUTES = (
    "broken_files",
    "class_names",
    "clip_spec",
    "damaged_files",
    "file_paths",
    "labels",
    "listing",
    "segments",
    "set_epoch",
)
