"""Whole runs on one machine and on two, both of which are this one.

    python two_workers.py FOLDER

FOLDER has the videos, `train` and `test`. Each machine is a process: a fork,
so that packages are imported once. Prints what came out as JSON.
"""

import dataclasses
import json
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

import keras
import numpy as np

from kvideo.applications import registry
from kvideo.trainers import RunConfig, train

# A worker that waits for another one for ever is to end all the same.
SECONDS = 600


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def network(variant, classes, input_shape=(2, 16, 16, 3)):
    """With a convolution, which would fail where there are no clips."""
    clips = keras.Input(input_shape)
    x = keras.layers.Rescaling(1 / 255)(clips)
    x = keras.layers.Conv3D(4, (1, 3, 3), (1, 4, 4))(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Flatten()(keras.layers.ReLU()(x))
    x = keras.layers.Dense(classes, activation="softmax")(x)
    return keras.Model(clips, x, name=f"tiny_{variant}")


def result(config, **options):
    run = train(config, verbose=0, **options)
    return {
        "weights": [np.asarray(w).tolist() for w in run.model.get_weights()],
        "history": run.history,
        "written": run.out is not None,
    }


def runs(config, out):
    """A run; one with parts; and one that is interrupted and resumed."""
    parts = dataclasses.replace(
        config,
        epochs=1,
        batch_norm="frozen",
        accumulate=1 if config.strategy == "none" else 2,
        out=str(out / "parts"),
    )
    cut = dataclasses.replace(config, out=str(out / "cut"))
    config = dataclasses.replace(config, out=str(out / "whole"))
    found = {"whole": result(config), "parts": result(parts)}
    try:
        train(cut, verbose=0, callbacks=[Interrupt()])
    except KeyboardInterrupt:
        found["resumed"] = result(cut, resume=True)
    return found


def is_done(out):
    return (out / "found.json").exists()


def process(config, out, environment):
    """Starts a process; returns its number."""
    child = os.fork()
    if child:
        return child
    signal.alarm(SECONDS)
    os.environ |= environment
    try:
        out.mkdir()
        found = runs(config, out)
        (out / "found.json").write_text(json.dumps(found))
        # Ending without a word, one worker would keep the other waiting.
        others = [out.with_name(f"worker {number}") for number in range(2)]
        while environment and not all(map(is_done, others)):
            time.sleep(0.5)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def free_ports(number):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main(folder):
    registry.model_info("bqn")  # loads the tables
    registry._MODELS["tiny_net"] = registry.ModelInfo(
        "tiny_net", "tiny", "net", network, (2, 16, 16, 3)
    )
    one = RunConfig(
        model="tiny_net",
        data=str(folder / "train"),
        validation_data=str(folder / "test"),
        epochs=2,
        batch_size=4,
        optimizer={
            "name": "sgd",
            "learning_rate": 0.01,
            "clip_norm": 0.5,
            "ema": 0.5,
        },
        batch_norm="synchronized",
        strategy="none",
    )
    many = dataclasses.replace(one, strategy="multi-worker")
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    started = {"one": process(one, folder / "one", {})}
    for number in range(2):
        task = {"type": "worker", "index": number}
        text = json.dumps({"cluster": cluster, "task": task})
        out = folder / f"worker {number}"
        started[out.name] = process(many, out, {"TF_CONFIG": text})
    found = {}
    for name, child in started.items():
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"The process '{name}' ended with status {status}.")
        found[name] = json.loads((folder / name / "found.json").read_text())
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
