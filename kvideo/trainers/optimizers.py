"""From the configuration of a run to its optimizer.

`CoupledSGD` is here because the papers' recipes are written for PyTorch, and
Keras does not have its SGD.
"""

import keras
from keras import ops

from kvideo.trainers.clipping import ClipsTheSum
from kvideo.trainers.groups import Grouped, patterns
from kvideo.trainers.muon import muon_for
from kvideo.trainers.schedules import ScaledRate, make_schedule


def make_optimizer(config, model, steps, factors=()):
    """Returns the optimizer of a run.

    Args:
        config: A `RunConfig`.
        model: The network whose weights it will move.
        steps: Steps in an epoch, on average.
        factors: Pairs (first step, what multiplies the rate from there on).
    """
    settings = config.optimizer
    rate = make_schedule(config, steps)
    if factors:
        rate = ScaledRate(rate, *zip(*factors, strict=True))
    options = {
        "groups": patterns(model, settings.groups),
        "weight_decay": settings.weight_decay,
        "global_clipnorm": settings.clip_norm,
    }
    if settings.ema:
        options |= {"use_ema": True, "ema_momentum": settings.ema}
    if settings.name == "muon":
        return muon_for(model, rate, **options)
    if settings.name == "adamw":
        return AdamW(rate, **options)
    return CoupledSGD(
        rate,
        l2=settings.l2,
        momentum=float(settings.momentum),
        nesterov=settings.nesterov,
        **options,
    )


@keras.saving.register_keras_serializable(package="kvideo")
class AdamW(Grouped, ClipsTheSum, keras.optimizers.AdamW):
    """`keras.optimizers.AdamW` with parameter groups.

    Args:
        learning_rate: A number or a schedule.
        groups: See `kvideo.trainers.groups.patterns`.
        **options: Of `keras.optimizers.AdamW`.
    """


@keras.saving.register_keras_serializable(package="kvideo")
class CoupledSGD(Grouped, ClipsTheSum, keras.optimizers.SGD):
    """Stochastic gradient descent as `torch.optim.SGD` does it.

        g <- gradient + l2 * w
        v <- momentum * v + g
        w <- w - rate * v                       (Nesterov: g + momentum * v)

    It differs from `keras.optimizers.SGD` in two things. The decay goes
    through the momentum, and so is called `l2` beside Keras' decoupled
    `weight_decay`. And v holds gradients, where Keras' holds steps: after the
    rate has fallen, Keras still takes some steps of the old length. Gradients
    are clipped before the decay is added, as where `clip_grad_norm_` is
    called.

    Args:
        learning_rate: A number or a schedule.
        l2: Coupled weight decay, at least 0.
        groups: See `kvideo.trainers.groups.patterns`.
        **options: Of `keras.optimizers.SGD`.
    """

    def __init__(self, learning_rate=0.01, l2=0.0, **options):
        super().__init__(learning_rate, **options)
        self.l2 = l2

    def move(self, gradient, variable, learning_rate):
        step = ops.cast(gradient, variable.dtype)
        decay = self.pair(variable)[1]
        if self.l2 and decay:
            step = step + (self.l2 * decay) * variable
        if self.momentum:
            velocity = self.momentums[self._get_variable_index(variable)]
            mixed = self.momentum * velocity + step
            self.assign(velocity, mixed)
            step = step + self.momentum * mixed if self.nesterov else mixed
        self.assign_sub(variable, learning_rate * step)

    def get_config(self):
        return super().get_config() | {"l2": self.l2}
