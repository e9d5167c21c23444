"""Learning rates over a run: a warm-up, then one of several ways.

Keras has no warm-up before steps or restarts, and no plateau that a resumed
run goes on with.
"""

import keras
import numpy as np
from keras import ops


def make_schedule(config, steps):
    """Returns the learning rate of a run: a schedule, or a number.

    Args:
        config: A `RunConfig`.
        steps: Steps in an epoch, on average.
    """
    rate, schedule = config.optimizer.learning_rate, config.schedule
    total = round(config.epochs * steps)
    warmup = schedule.warmup_steps or round(schedule.warmup_epochs * steps)
    warmup = min(warmup, total)
    if schedule.kind == "plateau":
        # `Plateau` sets the rate, which must be a variable for that.
        return rate
    after = _AFTER_WARMUP[schedule.kind](
        rate, schedule, steps, max(total - warmup, 1), warmup
    )
    return Warmup(after, warmup, schedule.warmup_start) if warmup else after


def _cosine(rate, schedule, steps, left, warmup):
    return keras.optimizers.schedules.CosineDecay(rate, left)


def _steps(rate, schedule, steps, left, warmup):
    # Milestones count from the start of the run.
    falls = [epoch * steps - warmup for epoch in schedule.milestones]
    return StepDecay(rate, falls, schedule.factor)


def _restarts(rate, schedule, steps, left, warmup):
    return keras.optimizers.schedules.CosineDecayRestarts(
        rate,
        max(round(schedule.period * steps), 1),
        t_mul=schedule.period_factor,
        alpha=schedule.floor,
    )


def _constant(rate, schedule, steps, left, warmup):
    return StepDecay(rate, [])


_AFTER_WARMUP = {
    "cosine": _cosine,
    "steps": _steps,
    "restarts": _restarts,
    "constant": _constant,
}


@keras.saving.register_keras_serializable(package="kvideo")
class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that begins after a linear rise to its first rate.

    Args:
        schedule: A `LearningRateSchedule`.
        steps: Length of the rise, above 0.
        start: Where it begins, as a share of the first rate.
    """

    def __init__(self, schedule, steps, start=0.0):
        self.schedule, self.steps, self.start = schedule, steps, start

    def __call__(self, step):
        step = ops.cast(step, "float32")
        risen = ops.minimum(step / self.steps, 1.0)
        share = self.start + (1.0 - self.start) * risen
        return share * self.schedule(ops.maximum(step - self.steps, 0.0))

    def get_config(self):
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "steps": self.steps,
            "start": self.start,
        }

    @classmethod
    def from_config(cls, config):
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(**{**config, "schedule": schedule})


@keras.saving.register_keras_serializable(package="kvideo")
class StepDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls by a factor at each milestone.

    Args:
        learning_rate: Before the first.
        milestones: Numbers of steps that are done when it falls.
        factor: What multiplies it there.
    """

    def __init__(self, learning_rate, milestones, factor=0.1):
        self.learning_rate = learning_rate
        self.milestones = list(milestones)
        self.factor = factor

    def __call__(self, step):
        step = ops.cast(step, "float32")
        milestones = ops.convert_to_tensor(self.milestones, "float32")
        passed = ops.sum(ops.cast(step >= milestones, "float32"))
        return self.learning_rate * ops.power(self.factor, passed)

    def get_config(self):
        return {
            "learning_rate": self.learning_rate,
            "milestones": self.milestones,
            "factor": self.factor,
        }


@keras.saving.register_keras_serializable(package="kvideo")
class ScaledRate(keras.optimizers.schedules.LearningRateSchedule):
    """Another schedule times a factor that changes at some steps.

    Args:
        schedule: A `LearningRateSchedule`.
        starts: Steps from which on each factor counts, rising from 0.
        factors: As many.
    """

    def __init__(self, schedule, starts, factors):
        self.schedule = schedule
        self.starts, self.factors = list(starts), list(factors)

    def __call__(self, step):
        begun = ops.cast(step, "float32") >= ops.cast(self.starts, "float32")
        changes = np.diff(self.factors, prepend=0)
        factor = ops.sum(ops.cast(begun, "float32") * changes)
        return self.schedule(step) * factor

    def get_config(self):
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "starts": self.starts,
            "factors": self.factors,
        }

    @classmethod
    def from_config(cls, config):
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(**{**config, "schedule": schedule})


class Plateau(keras.callbacks.Callback):
    """Lowers the rate when a loss no longer falls, or an accuracy rises.

    As `keras.callbacks.ReduceLROnPlateau`, but the rate follows from the
    logs of all epochs, so that a resumed run goes on as if it had never
    stopped; and there is a warm-up.

    Args:
        rate: Peak learning rate.
        schedule: A `ScheduleConfig`.
        rows: Logs of the epochs that are done.
    """

    def __init__(self, rate, schedule, rows=()):
        super().__init__()
        self.rate, self.schedule = rate, schedule
        self.losses = [watched(row, schedule.monitor) for row in rows]

    def on_epoch_begin(self, epoch, logs=None):
        rate = plateau_rate(self.losses, self.rate, self.schedule)
        self.model.optimizer.learning_rate = rate

    def on_epoch_end(self, epoch, logs=None):
        self.losses.append(watched(logs, self.schedule.monitor))


def watched(logs, monitor):
    """What is to fall: the loss, or the accuracy with its sign turned.

    Of the validation, where there is one.
    """
    value = logs.get(f"val_{monitor}", logs[monitor])
    return -value if monitor == "accuracy" else value


def plateau_rate(losses, rate, schedule):
    """The rate of the epoch after those with the given losses."""
    done, warmup = len(losses), schedule.warmup_epochs
    if done < warmup:
        start = schedule.warmup_start
        # Of an epoch that takes one rate: that of its end.
        share = min((done + 1) / warmup, 1.0)
        return rate * (start + (1 - start) * share)
    best, waited, falls = np.inf, 0, 0
    for loss in losses[int(np.ceil(warmup)) :]:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited >= schedule.patience:
            falls, waited = falls + 1, 0
    return rate * max(schedule.factor**falls, schedule.floor)
