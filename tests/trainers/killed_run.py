"""Runs that kill themselves, as the system would: SIGKILL, no clean-up.

    python killed_run.py CONFIG.yaml PLACE=FOLDER ...

PLACE is `step`, in the middle of the second epoch; `snapshot`, in the middle
of writing that epoch's; or `network`, of writing its best network. Each run
is a process: a fork, so that packages are imported once.
"""

import dataclasses
import os
import signal
import sys
from pathlib import Path

import keras
import numpy as np
from conftest import tiny_network

from kvideo.applications import registry
from kvideo.trainers import RunConfig, train


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Kill(keras.callbacks.Callback):
    """In the second epoch: after its second step, or from then on."""

    def __init__(self, place):
        super().__init__()
        self.place = place
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) != (1, 1):
            return
        if self.place == "step":
            die()
        if self.place == "snapshot":
            np.savez = lambda file, **arrays: half_a_file(file.name)
        if self.place == "network":
            keras.Model.save = lambda model, path: half_a_file(path)


def half_a_file(path):
    Path(path).write_bytes(b"PK half of an archive")
    die()


def run(config, place, out):
    registry.model_info("bqn")  # loads the tables
    registry._MODELS["tiny_net"] = registry.ModelInfo(
        "tiny_net", "tiny", "net", tiny_network, (2, 16, 16, 3)
    )
    config = dataclasses.replace(config, out=out)
    train(config, verbose=0, callbacks=[Kill(place)])


def main(path, *wanted):
    for text in wanted:
        place, out = text.split("=", 1)
        child = os.fork()
        if not child:
            run(RunConfig.load(Path(path)), place, out)
            os._exit(1)  # It was to be dead by now.
        _, status = os.waitpid(child, 0)
        print(place, os.WTERMSIG(status) if os.WIFSIGNALED(status) else None)


if __name__ == "__main__":
    main(*sys.argv[1:])
