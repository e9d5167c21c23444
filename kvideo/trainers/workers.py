"""Several machines that train one network, with a process on each.

`tf.distribute.MultiWorkerMirroredStrategy` does not go with `fit` of Keras
3.15, which makes one tensor of the batches of all devices before it begins,
and takes the mean of logs, which are single numbers, along an axis. The steps
that Keras would make of `train_step` and `test_step` are made here instead;
`fit` and `evaluate` run them as they are.

All workers do the same things in the same order, since reading a metric takes
all of them. What those besides the first one write is thrown away.
"""

import contextlib
import dataclasses
import functools
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from kvideo.trainers import lost_worker

NAME = "multi-worker"
_EXAMPLE = (
    '{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


def place(config):
    """(number of this process, how many there are), as `TF_CONFIG` says.

    Args:
        config: A `RunConfig`; of any other strategy it is (0, 1).

    Raises:
        ValueError: The variable is missing, or says something else.
    """
    if config.strategy != NAME:
        return 0, 1
    text = os.environ.get("TF_CONFIG", "")
    try:
        found = json.loads(text)
        count = len(found["cluster"]["worker"])
        kind, number = found["task"]["type"], int(found["task"]["index"])
    except (ValueError, KeyError, TypeError):
        kind, number, count = None, 0, 0
    if kind != "worker" or not 0 <= number < count or count < 2:
        raise ValueError(
            "Each worker needs the addresses of all (2 or more) and its own "
            f"place among them, such as TF_CONFIG='{_EXAMPLE}'. Received: "
            f"TF_CONFIG={text!r}"
        )
    return number, count


def scope(config):
    """The scope of all devices of all workers; waits until they are there.

    Args:
        config: A `RunConfig` with this strategy.

    Raises:
        ValueError: `TF_CONFIG` names no cluster, or the process has used
            TensorFlow already.
    """
    place(config)
    return _strategy().scope()


@functools.cache
def _strategy():
    import tensorflow as tf

    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise ValueError(
            "Workers must find each other before TensorFlow computes "
            "anything: begin the training first thing in the process. "
            f"Received: {error}"
        ) from error


def together(config):
    """Inside, the end of one worker is the end of all.

    Args:
        config: A `RunConfig`; of one process nothing happens.

    Raises:
        WorkerLostError: Another worker has ended.
    """
    number, count = place(config)
    if count == 1:
        return contextlib.nullcontext()
    addresses = json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"]
    others = [each for i, each in enumerate(addresses) if i != number]
    return lost_worker.together(others)


@contextlib.contextmanager
def folder(config, snapshot):
    """Gives all workers but the first a folder that is thrown away.

    The snapshot of the first one is in all of them, so that the workers go on
    with the same epoch and the same weights. They need no common disk.

    Args:
        config: A `RunConfig`. Its strategy must be in scope.
        snapshot: Name of that file.

    Yields:
        The configuration of this worker.
    """
    number, count = place(config)
    if count == 1:
        yield config
        return
    path = Path(config.out) / snapshot
    first = number == 0
    stored = _from_first(path.read_bytes() if first and path.exists() else b"")
    if first:
        yield config
    else:
        with tempfile.TemporaryDirectory() as out:
            if stored:
                (Path(out) / snapshot).write_bytes(stored)
            yield dataclasses.replace(config, out=out, loggers=())
    # Nobody leaves before all are done.
    _sum(np.zeros(1, np.int32))


def _from_first(data):
    """The bytes that the first worker has."""
    size = int(_sum(np.array([len(data)], np.int32))[0])
    if not size:  # A sum over nothing kills the process (TensorFlow 2.21).
        return b""
    values = np.zeros(size, np.int32)
    values[: len(data)] = np.frombuffer(data, np.uint8)
    return _sum(values).astype(np.uint8).tobytes()


def _sum(values):
    """The sum over all workers of int32 vectors of one length."""
    import tensorflow as tf

    def add(mine):
        # All devices of a worker have its vector: one of them counts.
        context = tf.distribute.get_replica_context()
        one = context.replica_id_in_sync_group % devices == 0
        mine = tf.where(one, mine, tf.zeros_like(mine))
        return context.all_reduce(tf.distribute.ReduceOp.SUM, mine)

    strategy = tf.distribute.get_strategy()
    devices = len(strategy.extended.worker_devices)
    run = tf.function(lambda x: strategy.run(add, args=(x,)))
    total = run(tf.constant(values))
    return strategy.experimental_local_results(total)[0].numpy()


def batches(clips, size, steps, training):
    """Batches of the clips of this worker, for its devices.

    A worker that leaves out files, because they are broken, begins its share
    of an epoch anew: all make the same number of steps in a training. In an
    evaluation it has empty batches at the end.

    Args:
        clips: A `tf.data.Dataset` of this worker's single clips.
        size: Clips in a batch of all workers.
        steps: Number of batches, the same for all workers.
        training: Whether all batches are full.

    Returns:
        A `tf.distribute.DistributedDataset`.
    """
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    devices = len(strategy.extended.worker_devices)
    if training:
        clips = clips.repeat()
    parts = clips.batch(
        size // strategy.num_replicas_in_sync, drop_remainder=training
    )
    if training:
        parts = parts.take(steps * devices)
    # The tuner's thread can keep an iterator that is dropped, and all workers
    # with it, from ending for a minute (TensorFlow 2.21).
    options = tf.data.Options()
    options.autotune.enabled = False
    parts = parts.prefetch(2 * devices).with_options(options)
    parts.cardinality = lambda: tf.constant(steps, tf.int64)
    return strategy.distribute_datasets_from_function(lambda _: parts)


def make_steps(model):
    """Gives a compiled model the steps that `fit` and `evaluate` run.

    Args:
        model: A `keras.Model`, made and compiled in the scope of the strategy.
    """
    # Keras would build what is built already, out of a batch that it cannot
    # read (see above). Without this it takes the strategy in scope.
    model._distribute_strategy = None
    model.train_function = _function(model.train_step)
    model.test_function = _function(model.test_step)


def _function(step):
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()

    @tf.function(reduce_retracing=True)
    def run(data):
        logs = strategy.run(step, args=(data,))
        # All workers must see the same loss, and stop at the same NaN.
        return {
            name: strategy.reduce(tf.distribute.ReduceOp.MEAN, x, axis=None)
            for name, x in logs.items()
        }

    return lambda iterator: run(next(iterator))
