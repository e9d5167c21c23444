"""The folder of a run: its files, and whether a run may begin in it."""

import contextlib
import shutil
import tempfile

import keras

from kvideo.damage import reading
from kvideo.export.card import card_path
from kvideo.files import partial_path
from kvideo.locks import folder_lock
from kvideo.trainers import provenance
from kvideo.trainers.config import SECTIONS, RunConfig
from kvideo.trainers.files import replacing
from kvideo.yaml_files import read_yaml

CONFIG = "config.yaml"
SNAPSHOT = "snapshot.npz"
HISTORY = "history.csv"
FINAL = "model.keras"
BEST = "best.keras"
TENSORBOARD = "tensorboard"


@contextlib.contextmanager
def held(out, config, resume, overwrite):
    """The folder, ready before any work, is this process's until the end.

    Args:
        out: The folder, a `Path`.
        config: A `RunConfig`.
        resume: Whether a run that is there may go on.
        overwrite: Whether it may be removed.

    Raises:
        LockedError: Another process has it.
        ValueError: The folder cannot be written, or holds a run that may not
            go on with this configuration.
    """
    _make(out)
    with folder_lock(out):
        if (out / CONFIG).exists() and not overwrite:
            _check_resumable(out, config, resume)
        elif overwrite:
            _remove_run(out)
        yield


def _make(out):
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise ValueError(
            f"The output folder cannot be written: {error}. Give another "
            f"one. Received: out='{out}'"
        ) from error


class _KeepBest(keras.callbacks.Callback):
    """Saves the plain network, also where another model trains it.

    `keras.callbacks.ModelCheckpoint` writes over the old file, which is lost
    if the process dies meanwhile.

    Args:
        path: Where to.
        monitor: Which log decides.
        best: That of the epochs that are done, or None.
        averages: `keras.callbacks.SwapEMAWeights`, one or none: what was
            validated were averages of the weights, so they are saved.
        cards: A `Provenance`, whose card goes beside the network.
    """

    def __init__(self, path, monitor, best, averages, cards):
        super().__init__()
        self.path, self.monitor, self.best = path, monitor, best
        self.averages, self.cards = averages, cards

    def on_epoch_end(self, epoch, logs=None):
        rows = [{self.monitor: logs[self.monitor]}]
        if self.best is not None:
            rows.insert(0, {self.monitor: self.best})
        if best_row(rows, self.monitor) is not rows[-1]:
            return
        self.best = logs[self.monitor]
        for average in self.averages:
            average.on_test_begin()
        save_network(self.model, self.path)
        row = {name: float(value) for name, value in logs.items()}
        self.cards.card({"epoch": epoch + 1} | row).save(card_path(self.path))
        for average in self.averages:
            average.on_test_end()


def save_network(model, path):
    """Saves the plain network for use: one that plain Keras can load.

    It is compiled as the run's is, so that `evaluate` works, but with Keras'
    plain SGD: the run's optimizer and its state are in the snapshot.

    Args:
        model: The network, or the model that trains it.
        path: A `.keras` file.
    """
    network = getattr(model, "network", model)
    compiled = network.get_compile_config()
    # A network that another model trains was never compiled and has none.
    optimizer = getattr(network, "optimizer", None)
    if compiled:
        compiled["optimizer"] = "sgd"
        network.optimizer = keras.optimizers.get("sgd")
        network.optimizer.build(network.trainable_variables)
    network.get_compile_config = lambda: compiled
    try:
        with replacing(path) as partial:
            network.save(partial)
    finally:
        if compiled:
            network.optimizer = optimizer
        del network.get_compile_config


def keep_best(out, monitor, rows, averages, cards):
    """Returns the callback that saves the network of the best epoch.

    Args:
        out: The folder, a `Path`.
        monitor: `"val_accuracy"`, the more the better, or `"loss"`.
        rows: History of the epochs that are done.
        averages, cards: See `_KeepBest`.
    """
    best = best_row(rows, monitor)[monitor] if rows else None
    return _KeepBest(out / BEST, monitor, best, averages, cards)


def best_row(rows, monitor):
    """Returns the row of the best epoch of a history."""
    choose = max if monitor == "val_accuracy" else min
    return choose(rows, key=lambda row: row[monitor])


def _check_resumable(out, config, resume):
    if not resume:
        raise ValueError(
            f"There is a run in '{out}' already. Go on with it (`resume`), "
            "replace it (`overwrite`), or give another output folder."
        )
    before, now = (_flat(run.to_dict()) for run in (_stored(out), config))
    # The folder may have been moved or be named in another way.
    differing = [k for k in now if k != "out" and before.get(k) != now[k]]
    if differing:
        changes = ", ".join(
            f"{k}={now[k]!r} (was {before.get(k)!r})" for k in differing
        )
        raise ValueError(
            f"The run in '{out}' was started with another configuration, so "
            "it cannot be resumed with this one. Give the same values, or "
            f"another output folder. Received: {changes}"
        )


def _stored(out):
    """The configuration of the run that is there."""
    then = (
        "Begin anew (`overwrite`), or write it again: "
        f"'{provenance.FILE}' beside it has its fields, as `recipe`"
    )
    with reading(out / CONFIG, then):
        config = RunConfig.load(out / CONFIG)
        # The last field that `RunConfig.save` writes: what is cut before it
        # may be whole YAML of other values.
        if "out" not in read_yaml(out / CONFIG):
            raise ValueError("it ends before its last field, `out`")
        return config


def _flat(fields):
    """Fields of sections as `section.field`."""
    flat = {}
    for name, value in fields.items():
        if name in SECTIONS:
            flat |= {f"{name}.{field}": x for field, x in value.items()}
        else:
            flat[name] = value
    return flat


def _remove_run(out):
    names = (CONFIG, SNAPSHOT, HISTORY, FINAL, BEST, provenance.FILE)
    files = [out / name for name in names]
    for path in (*files, card_path(out / FINAL), card_path(out / BEST)):
        path.unlink(missing_ok=True)
        partial_path(path).unlink(missing_ok=True)
    shutil.rmtree(out / TENSORBOARD, ignore_errors=True)
