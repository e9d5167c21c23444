"""Whole runs on one device and on two; prints what came out as JSON.

    python two_device_runs.py FOLDER

FOLDER has the videos, `train` and `test`. A process of its own: logical
devices are made before TensorFlow starts. With KERAS_BACKEND=jax they are
XLA_FLAGS=--xla_force_host_platform_device_count=2, and what Keras has for
TensorFlow alone is left out: averages of weights that a callback swaps.
"""

import dataclasses
import json
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from conftest import tiny_network

from kvideo.applications import registry
from kvideo.trainers import RunConfig, strategy, train


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def run(config, out, **options):
    config = dataclasses.replace(config, out=str(out))
    return train(config, verbose=0, **options)


def result(run):
    weights = [np.asarray(w).tolist() for w in run.model.get_weights()]
    return {
        "weights": weights,
        "history": run.history,
        "card": run.card.metrics,
    }


def two_devices():
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )


def main(folder):
    jax = keras.backend.backend() == "jax"
    if not jax:
        two_devices()
    registry.model_info("bqn")  # loads the tables
    registry._MODELS["tiny_net"] = registry.ModelInfo(
        "tiny_net", "tiny", "net", tiny_network, (2, 16, 16, 3)
    )
    # The batch of the validation has 8 clips, one device's share of 16.
    one = RunConfig(
        model="tiny_net",
        data=str(folder / "train"),
        validation_data=str(folder / "test"),
        epochs=3,
        batch_size=16,
        optimizer={
            "name": "sgd",
            "learning_rate": 0.01,
            "clip_norm": 0.5,
            "ema": 0.0 if jax else 0.5,
        },
        batch_norm="synchronized",
        precise_batch_norm=0 if jax else 1,
        strategy="none",
    )
    two = dataclasses.replace(one, strategy="mirrored")
    found = {
        "one": result(run(one, folder / "one")),
        "two": result(run(two, folder / "two")),
    }
    try:
        run(two, folder / "cut", callbacks=[Interrupt()])
    except KeyboardInterrupt:
        found["resumed"] = result(run(two, folder / "cut", resume=True))
    with strategy.scope(two):
        found["devices"] = strategy.replicas()
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
