"""From a configuration to an optimizer and its learning rate.

`CoupledSGD` and `StepDecay` are here because the papers' recipes are written
for PyTorch, and Keras has neither its SGD nor a warm-up before steps.
"""

import keras
import numpy as np
from keras import ops


def make_optimizer(config, steps, factors=()):
    """Returns the optimizer of a run.

    Args:
        config: A `RunConfig`.
        steps: Steps in an epoch, on average.
        factors: Pairs (first step, what multiplies the rate from there on).
    """
    schedule = make_schedule(config, steps)
    if factors:
        schedule = ScaledRate(schedule, *zip(*factors, strict=True))
    if config.optimizer == "sgd":
        optimizer = CoupledSGD(
            schedule,
            l2=config.l2,
            conv_rate=config.conv_rate,
            momentum=float(config.momentum),
            nesterov=config.nesterov,
            weight_decay=config.weight_decay or None,
            global_clipnorm=config.clip_norm,
        )
    else:
        optimizer = keras.optimizers.AdamW(
            schedule,
            weight_decay=config.weight_decay,
            global_clipnorm=config.clip_norm,
        )
    if config.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def make_schedule(config, steps):
    """Returns the learning rate: linear warm-up, then steps or a cosine."""
    total = round(config.epochs * steps)
    warmup = config.warmup_steps or round(config.warmup_epochs * steps)
    warmup = min(warmup, total)
    if config.milestones:
        return StepDecay(
            config.learning_rate,
            [epoch * steps for epoch in config.milestones],
            config.decay_factor,
            warmup,
        )
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else config.learning_rate,
        decay_steps=max(total - warmup, 1),
        warmup_target=config.learning_rate if warmup else None,
        warmup_steps=warmup,
    )


@keras.saving.register_keras_serializable(package="kvideo")
class StepDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls by a factor at each milestone.

    Before, it rises linearly from 0 over `warmup_steps`.

    Args:
        learning_rate: Between warm-up and first milestone.
        milestones: Numbers of steps that are done when it falls.
        factor: What multiplies it at a milestone.
        warmup_steps: 0: it starts at `learning_rate`.
    """

    def __init__(self, learning_rate, milestones, factor=0.1, warmup_steps=0):
        self.learning_rate = learning_rate
        self.milestones = list(milestones)
        self.factor = factor
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = ops.cast(step, "float32")
        milestones = ops.convert_to_tensor(self.milestones, "float32")
        passed = ops.sum(ops.cast(step >= milestones, "float32"))
        rate = self.learning_rate * ops.power(self.factor, passed)
        if self.warmup_steps:
            rate = rate * ops.minimum(step / self.warmup_steps, 1.0)
        return rate

    def get_config(self):
        return {
            "learning_rate": self.learning_rate,
            "milestones": self.milestones,
            "factor": self.factor,
            "warmup_steps": self.warmup_steps,
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


@keras.saving.register_keras_serializable(package="kvideo")
class CoupledSGD(keras.optimizers.SGD):
    """Stochastic gradient descent as `torch.optim.SGD` does it.

        g <- gradient + l2 * w
        v <- momentum * v + g
        w <- w - rate * v                       (Nesterov: g + momentum * v)

    It differs from `keras.optimizers.SGD` in two things. The decay goes
    through the momentum, and so is called `l2` beside Keras' decoupled
    `weight_decay`; no weight is left out, neither biases nor normalisation.
    And v holds gradients, where Keras' holds steps: after the rate has
    fallen, Keras still takes some steps of the old length. Gradients are
    clipped before the decay is added, as where `clip_grad_norm_` is called.

    Args:
        learning_rate: A number or a schedule.
        l2: Coupled weight decay, at least 0.
        conv_rate: What multiplies the rate of the kernels of convolutions:
            weights of three axes or more. `weight_decay` does not change.
        **options: Of `keras.optimizers.SGD`.
    """

    def __init__(self, learning_rate=0.01, l2=0.0, conv_rate=1.0, **options):
        super().__init__(learning_rate, **options)
        self.l2 = l2
        self.conv_rate = conv_rate

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.cast(learning_rate, variable.dtype)
        if len(variable.shape) > 2:
            rate = rate * self.conv_rate
        step = ops.cast(gradient, variable.dtype)
        if self.l2:
            step = step + self.l2 * variable
        if self.momentum:
            velocity = self.momentums[self._get_variable_index(variable)]
            mixed = self.momentum * velocity + step
            self.assign(velocity, mixed)
            step = step + self.momentum * mixed if self.nesterov else mixed
        self.assign_sub(variable, rate * step)

    def get_config(self):
        own = {"l2": self.l2, "conv_rate": self.conv_rate}
        return super().get_config() | own
