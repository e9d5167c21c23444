"""Snapshots from which a run goes on as if it had never stopped."""

import csv
import json
import math
from pathlib import Path

import keras
import numpy as np

from kvideo import bounds
from kvideo.damage import reading
from kvideo.trainers.files import replacing


class Snapshot(keras.callbacks.Callback):
    """Writes the whole state of a run, and its history, after each epoch.

    `keras.callbacks.BackupAndRestore` and `.keras` files leave out the state
    of seed generators, so dropout after a resumption would differ from
    dropout in a run that was not interrupted. Here every variable of the
    network (seed generators too) and of the optimizer is stored. The file is
    replaced in one step: an interruption leaves the old or the new state.

    Args:
        path: The snapshot, `.npz`.
        history_path: The history, `.csv`: one row for each finished epoch.

    Attributes:
        rows: One dictionary for each finished epoch: `epoch` (from 1),
            `learning_rate` (after its last step), and the logs of Keras.
            Those of an earlier run are read from the snapshot, if there is
            one.

    Raises:
        ValueError: The snapshot was damaged; from `fit`, when the loss is no
            longer finite.
        OSError: From `fit`, when a file cannot be written; those of the
            epoch before stay.
    """

    def __init__(self, path, history_path):
        super().__init__()
        self.path = Path(path)
        self.history_path = Path(history_path)
        self.rows, self._values = [], []
        if self.path.exists():
            self.rows, self._values = _read(self.path)

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, "learning_rate": self._learning_rate()}
        row |= {name: float(value) for name, value in logs.items()}
        if not math.isfinite(row["loss"]):
            raise ValueError(
                f"The loss is {row['loss']} in epoch {epoch + 1}. Lower the "
                "learning rate, or look for clips that are not finite. "
                f"Received: learning_rate={row['learning_rate']:g}"
            )
        self.rows.append(row)
        self._write_history()
        self._write_state()

    def restore(self, model):
        """Puts the state that was stored with `rows` into a compiled model.

        Raises:
            ValueError: The snapshot is of another network.
        """
        variables, values = _state(model), self._values
        if [v.shape for v in values] != [tuple(v.shape) for v in variables]:
            raise ValueError(
                f"The snapshot '{self.path}' is of another network: the "
                "shapes of its variables differ. Start anew with `overwrite`."
            )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        self._values = []

    def _learning_rate(self):
        return float(
            keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        )

    def _write_history(self):
        with (
            replacing(self.history_path) as path,
            open(path, "w", newline="") as file,
        ):
            writer = csv.DictWriter(file, fieldnames=list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)

    def _write_state(self):
        arrays = {
            f"v{i}": keras.ops.convert_to_numpy(variable)
            for i, variable in enumerate(_state(self.model))
        }
        with replacing(self.path) as path, open(path, "wb") as file:
            np.savez(file, rows=json.dumps(self.rows), **arrays)


def _read(path):
    """(rows, values of the variables) of a snapshot, in one read.

    Raises:
        ValueError: It was damaged.
    """
    then = "Nothing can go on from it: begin the run anew (`overwrite`)"
    bounds.check_archive(path)
    with reading(path, then), np.load(path) as stored:
        values = [stored[f"v{i}"] for i in range(len(stored) - 1)]
        return json.loads(str(stored["rows"])), values


def _state(model):
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]
