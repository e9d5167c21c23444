"""Training on two devices and on one, for the cases that are named.

Prints how far weights and logs are apart, as JSON. A process of its own:
logical devices are made before TensorFlow starts.
"""

import contextlib
import json
import sys

import keras
import numpy as np
import tensorflow as tf

from kvideo.layers import BatchNorm
from kvideo.trainers import strategy
from kvideo.trainers.accumulation import GradientAccumulation
from kvideo.trainers.batch_norm import set_policy
from kvideo.trainers.optimizers import CoupledSGD

CLIP = (2, 4, 4, 3)
STEPS, BATCH = 3, 8
# (BatchNorm, clips in a step of one device that are seen at a time)
CASES = {
    "sgd": (False, BATCH, 1),
    "clipped_by_keras": (False, BATCH, 1),
    "synchronized": (True, BATCH, 1),
    "accumulated": (False, BATCH, 2),
}


def network(norm):
    keras.utils.set_random_seed(0)
    clips = x = keras.Input(CLIP)
    x = keras.layers.Conv3D(4, (1, 3, 3), padding="same", name="conv")(x)
    if norm:
        x = BatchNorm(name="norm")(x)
    x = keras.layers.Flatten()(keras.layers.ReLU()(x))
    model = keras.Model(clips, keras.layers.Dense(3, "softmax")(x))
    if norm:
        set_policy(model, "synchronized")
    return model


def optimizer(case):
    options = {"momentum": 0.9, "global_clipnorm": 0.05}
    if case == "clipped_by_keras":
        return keras.optimizers.SGD(0.5, **options)
    groups = [[".*conv.*", 0.5, 1.0], [".*bias", 2.0, 0.0]]
    return CoupledSGD(0.5, l2=0.01, nesterov=True, groups=groups, **options)


def clips():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(STEPS * BATCH, *CLIP)).astype("float32")
    # Shares whose gradients differ much, and point elsewhere.
    x[::2] *= 5
    return x, rng.integers(0, 3, len(x))


def fit(scope, case, accumulate):
    """Weights, logs, and what an evaluation of 9 clips gives.

    The ninth is alone in its batch: of two devices one has none.
    """
    norm, batch, parts = CASES[case]
    with scope:
        model = plain = network(norm)
        if accumulate:
            model = GradientAccumulation(plain, parts)
        model.compile(
            optimizer(case),
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=False,
        )
        if strategy.replicas() > 1:
            strategy.skip_empty_shares(model)
    x, y = clips()
    data = tf.data.Dataset.from_tensor_slices((x, y))
    data = data.batch(batch, drop_remainder=True)
    logs = model.fit(data, shuffle=False, verbose=0).history
    uneven = model.evaluate(x[:9], y[:9], BATCH, verbose=0)
    return plain.get_weights(), [*logs["loss"], *logs["accuracy"], *uneven]


def apart(first, second):
    return max(
        float(np.max(np.abs(np.subtract(a, b))))
        for a, b in zip(first, second, strict=True)
    )


def compare(mirrored, case):
    one = fit(contextlib.nullcontext(), case, False)
    found = {"one part": fit(mirrored.scope(), case, False)}
    if CASES[case][2] > 1:
        found = {
            "two devices": fit(mirrored.scope(), case, True),
            "one device": fit(contextlib.nullcontext(), case, True),
        }
    return {
        name: {"weights": apart(weights, one[0]), "logs": apart(logs, one[1])}
        for name, (weights, logs) in found.items()
    }


def main(cases):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    print(json.dumps({case: compare(mirrored, case) for case in cases}))


if __name__ == "__main__":
    main(sys.argv[1:])
