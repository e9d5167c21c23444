"""Training on the screens of others: TensorBoard, Weights & Biases.

Both are optional; `history.csv` is written in any case.
"""

from pathlib import Path

import keras
import numpy as np

from kvideo.trainers.group_table import group_pairs
from kvideo.trainers.run_folder import TENSORBOARD
from kvideo.visualize.film_strip import clip_to_uint8, film_strip, in_colours

STRIP_FRAMES = 8


def make_loggers(config, speed):
    """The callbacks that a run asks for.

    Args:
        config: A `RunConfig`; its `loggers` are names of `LOGGERS`.
        speed: A `kvideo.trainers.progress.Speed`, before them in the list.

    Returns:
        List of `keras.callbacks.Callback`.

    Raises:
        ImportError: A package that is not installed.
    """
    return [LOGGERS[name](config, speed) for name in config.loggers]


class TensorBoardLog(keras.callbacks.Callback):
    """Scalars, learning rates and a clip in `<out>/tensorboard`.

    After each epoch: what Keras logs, the rate of every group of weights that
    has one of its own, clips per second, the share of time spent on waiting
    for data, and the first training clip of the epoch as a film strip, as the
    network saw it.

    Args:
        config, speed: See `make_loggers`.
    """

    def __init__(self, config, speed):
        super().__init__()
        _require("tensorboard", "kvideo[tensorboard]")
        self.folder = Path(config.out) / TENSORBOARD
        self.speed = speed
        self.rates = {"base": 1.0}
        for role, (rate, _) in group_pairs(config.optimizer.groups).items():
            if rate != 1:
                self.rates[role] = rate
        self._writer = None

    def on_train_begin(self, logs=None):
        import tensorflow as tf

        # A run of several phases begins several times.
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.folder))

    def on_epoch_end(self, epoch, logs=None):
        import tensorflow as tf

        with self._writer.as_default(step=epoch + 1):
            for name, value in self._scalars(logs).items():
                tf.summary.scalar(name, value)
            if self.speed.meter.clip is not None:
                strip = clip_strip(self.speed.meter.clip)
                tf.summary.image("clip", strip[None])
        self._writer.flush()

    def _scalars(self, logs):
        base = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        scalars = {
            f"learning_rate/{role}": factor * float(base)
            for role, factor in self.rates.items()
        }
        for name, value in logs.items():
            part, name = ("training", name)
            if name.startswith("val_"):
                part, name = "validation", name.removeprefix("val_")
            scalars[f"{name}/{part}"] = float(value)
        for name, value in self.speed.measured().items():
            scalars[f"speed/{name}"] = value
        return scalars


class WandbLog(keras.callbacks.Callback):
    """The logs of every epoch to Weights & Biases.

    Without an account: `WANDB_MODE=offline`. A run that is resumed becomes
    another one there.

    Args:
        config, speed: See `make_loggers`.
    """

    def __init__(self, config, speed):
        super().__init__()
        self.wandb = _require("wandb", "wandb")
        self.config, self.speed = config, speed
        self._run = None

    def on_train_begin(self, logs=None):
        if self._run is None:
            self._run = self.wandb.init(
                project="kvideo",
                name=Path(self.config.out).name,
                dir=self.config.out,
                config=self.config.to_dict(),
            )

    def on_epoch_end(self, epoch, logs=None):
        values = {name: float(value) for name, value in logs.items()}
        values |= self.speed.measured()
        rate = self.model.optimizer.learning_rate
        values["learning_rate"] = float(keras.ops.convert_to_numpy(rate))
        self._run.log(values, step=epoch + 1)


LOGGERS = {"tensorboard": TensorBoardLog, "wandb": WandbLog}


def clip_strip(clip):
    """Some frames of a clip in [0, 255] side by side: uint8 (H, W, 3)."""
    number = min(STRIP_FRAMES, len(clip))
    frames = np.linspace(0, len(clip) - 1, number).astype(int)
    return film_strip(clip_to_uint8(in_colours(clip))[frames])


def _require(package, install):
    """An optional package, or an error that says how to get it."""
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(
            f"The run logs to {package}, which is not installed. Install it "
            f"with `pip install {install}`, or leave it out of `loggers`."
        ) from error
