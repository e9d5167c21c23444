"""Training steps as `fit` makes them: clips per second and peak memory.

    python benchmarks/train.py x3d_nano bqn_nano tsn_resnet_nano
    python benchmarks/train.py tsm_resnet50 --size 4x64x64 --batch 4

Prints a Markdown table: each network on one and on two logical CPU devices
that share the batch, with clips that are in memory, and with clips that are
decoded from videos meanwhile. Two devices of one CPU are no faster; the row
shows what sharing costs.

Every case is a process of its own, a fork, so that packages are imported once
and peak memory is that of the case. Compiling is not counted.
"""

import argparse
import json
import os
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from workers import markdown, peak_memory

import kvideo
from kvideo.data.synthetic import MOTION_CLASSES, write_motion_dataset
from kvideo.trainers import fit, strategy

HEADER = (
    "network",
    "clip",
    "batch",
    "devices",
    "data",
    "clips/s",
    "CPU ms/clip",
    "memory MB",
    "of it the process",
)


class Clock(keras.callbacks.Callback):
    """Wall and processor time of the steps after the first two."""

    def on_train_batch_end(self, batch, logs=None):
        self.now = time.perf_counter(), time.process_time(), batch
        if batch == 1:
            self.start = self.now

    def per_clip(self, batch_size):
        """(wall seconds, processor seconds)."""
        wall, cpu, steps = (
            b - a for a, b in zip(self.start, self.now, strict=True)
        )
        return wall / steps / batch_size, cpu / steps / batch_size


def measure(config, devices, decoded, steps):
    """What a table has of one case: wall and CPU seconds, and megabytes."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * devices
    )
    before, clock = peak_memory(), Clock()
    with strategy.scope(config):
        data, _ = fit.datasets(config, verbose=False)
        model = fit._compiled_model(config, data, True)
        clips = data if decoded else data.take(1).cache()
        model.fit(
            clips.repeat(),
            steps_per_epoch=steps + 2,
            callbacks=[clock],
            verbose=0,
        )
    return *clock.per_clip(config.batch_size), peak_memory(), before


def apart(function, *arguments):
    """The result of a function that runs in a fork of this process."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(write, "w") as file:
            json.dump(function(*arguments), file)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        answer = file.read()
    os.waitpid(child, 0)
    if not answer:
        raise SystemExit(f"The process of {arguments} has failed.")
    return json.loads(answer)


def rows_of(name, options, folder):
    shape = options.size or list(kvideo.model_info(name).input_shape[:3])
    for devices in options.devices:
        config = kvideo.trainers.RunConfig(
            model=name,
            data=folder,
            validation_split=0,
            model_overrides={"input_shape": (*shape, 3)},
            batch_size=options.batch,
            strategy="mirrored" if devices > 1 else "none",
        )
        for decoded in (False, True):
            wall, cpu, memory, before = apart(
                measure, config, devices, decoded, options.steps
            )
            yield (
                name,
                "x".join(map(str, shape)),
                str(options.batch),
                str(devices),
                "decoded" if decoded else "in memory",
                f"{1 / wall:.1f}",
                f"{1000 * cpu:.1f}",
                f"{memory:.0f}",
                f"{before:.0f}",
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--devices", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--size",
        type=lambda text: [int(n) for n in text.split("x")],
        help="TxHxW; by default that of the network.",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        videos = -(-2 * options.batch // len(MOTION_CLASSES))
        # In a fork: encoders leave threads behind, which a fork loses.
        apart(lambda: bool(write_motion_dataset(folder, {"train": videos})))
        rows = [
            row
            for name in options.networks
            for row in rows_of(name, options, f"{folder}/train")
        ]
    print(markdown(HEADER, rows))


if __name__ == "__main__":
    main()
