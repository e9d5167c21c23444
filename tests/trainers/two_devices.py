"""Joint training on two devices and on one, for the cases that are named.

Prints how far the weights are apart, and the logs of both, as JSON.

A process of its own: logical devices are made before TensorFlow starts.
BatchNorm is synchronized, and the projection's MLP has none (`blocks=0`):
else each device has statistics of its own.
"""

import contextlib
import json
import sys

import keras
import numpy as np
import tensorflow as tf

from kvideo.layers import BatchNorm, PixelWiseTemporalProjection
from kvideo.trainers import JointTraining

CLIP = (4, 6, 6, 2)
STEPS, BATCH = 3, 4
CASES = {
    "mgda": {"strategy": "mgda"},
    "float16": {"strategy": "mgda"},
    "fixed": {"strategy": "fixed", "alpha": 0.9},
    "schedule": {"strategy": "schedule", "total_steps": 2 * STEPS},
    "separate": {"strategy": "separate", "projection_steps": 1},
}


def network():
    keras.utils.set_random_seed(0)
    clips = keras.Input(CLIP)
    x = PixelWiseTemporalProjection(4, 1, 3, 2, 3, blocks=0, loss_weight=30.0)(
        clips
    )
    x = BatchNorm(synchronized=True)(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(clips, keras.layers.Dense(3, "softmax")(x))


def fit(scope, case):
    """Weights, and logs, after three steps."""
    with scope:
        joint = JointTraining(network(), **CASES[case])
        optimizer = keras.optimizers.SGD(
            0.1, momentum=0.9, weight_decay=0.1, global_clipnorm=0.5
        )
        if case == "float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        joint.compile(
            optimizer, "sparse_categorical_crossentropy", jit_compile=False
        )
    rng = np.random.default_rng(0)
    x = rng.normal(size=(STEPS * BATCH, *CLIP))
    y = rng.integers(0, 3, len(x))
    options = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
    history = joint.fit(x, y, **options).history
    return joint.network.get_weights(), history


def compare(mirrored, case):
    (weights, one), (other_weights, two) = [
        fit(scope, case)
        for scope in (contextlib.nullcontext(), mirrored.scope())
    ]
    apart = [
        float(np.max(np.abs(a - b)))
        for a, b in zip(weights, other_weights, strict=True)
    ]
    return {"weights": max(apart), "one": one, "two": two}


def main(cases):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    print(json.dumps({case: compare(mirrored, case) for case in cases}))


if __name__ == "__main__":
    main(sys.argv[1:])
