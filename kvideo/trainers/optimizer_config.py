"""Two sections of a run: how weights move, and how fast when."""

import dataclasses

from kvideo.trainers import checks
from kvideo.trainers.group_table import check_groups

# Their names, with the learning rates that networks of ours start well at.
RATES = {"muon": 1e-2, "adamw": 2e-3, "sgd": 0.1}
SCHEDULES = ("cosine", "steps", "restarts", "plateau", "constant")


@checks.named_fields("optimizer")
@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """How weights move.

    Args:
        name: `"muon"`, see `kvideo.trainers.Muon`; `"adamw"`; or `"sgd"`
            with `momentum`.
        learning_rate: Peak, reached after the warm-up; None: that of `RATES`.
        momentum: Of `"sgd"`, 0 to below 1.
        nesterov: Whether that momentum looks ahead.
        weight_decay: Decoupled, as Keras has it: weights shrink by this times
            the learning rate.
        l2: Coupled, as PyTorch's SGD has it: this times a weight is added to
            its gradient, before the momentum. Only with `name="sgd"` and
            `weight_decay=0`.
        groups: Which weights have rates and decays of their own: a row of
            `kvideo.trainers.GROUPS`, or a dictionary from a role to the pair
            (what multiplies the rate, what multiplies the decay).
        clip_norm: Largest norm of all gradients together; longer ones are
            shortened to it. None: as they are.
        ema: Momentum of an exponential moving average of the weights, which
            is what is validated and saved; 0 to below 1, 0 for none.

    Raises:
        ValueError: A value outside its range, which the message names, or a
            field that does not exist (it has the nearest one).
    """

    name: str = "muon"
    learning_rate: float | None = None
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 0.02
    l2: float = 0.0
    groups: str | dict = "kernels"
    clip_norm: float | None = None
    ema: float = 0.0

    def __post_init__(self):
        if self.learning_rate is None and self.name in RATES:
            object.__setattr__(self, "learning_rate", RATES[self.name])
        checks.check_all(self, _OPTIMIZER_RULES, "optimizer.")
        check_groups(self.groups)
        if not isinstance(self.groups, str):
            # What YAML gives back must equal what was written.
            pairs = {role: list(pair) for role, pair in self.groups.items()}
            object.__setattr__(self, "groups", pairs)
        if self.l2 and (self.name != "sgd" or self.weight_decay):
            raise ValueError(
                '`optimizer.l2` goes with name="sgd" and weight_decay=0. '
                f"Received: l2={self.l2}, name={self.name!r}, "
                f"weight_decay={self.weight_decay}"
            )


@checks.named_fields("schedule")
@dataclasses.dataclass(frozen=True)
class ScheduleConfig:
    """How the learning rate changes over a run.

    Args:
        kind: After the warm-up: `"cosine"` (to 0 at the end of the run),
            `"steps"` (times `factor` at each milestone), `"restarts"`
            (SGDR: cosines of `period` epochs, one after another),
            `"plateau"` (times `factor` when what it watches has not become
            better for `patience` epochs), or `"constant"`.
        monitor: What `"plateau"` watches, `"loss"` or `"accuracy"`; of the
            validation, or without one of the training.
        milestones: Of `"steps"`: numbers of epochs that are done when it
            falls, warm-up included.
        factor: Of `"steps"` and `"plateau"`; above 0.
        period: Of `"restarts"`: epochs of the first cosine.
        period_factor: What multiplies each next period.
        floor: Of `"restarts"` and `"plateau"`: lowest rate, as a share of the
            peak.
        patience: Of `"plateau"`, in epochs.
        warmup_epochs: Epochs, or a fraction of one, over which the rate
            rises linearly to its peak.
        warmup_steps: The same in steps; 0: `warmup_epochs` counts.
        warmup_start: Where it rises from, as a share of the peak.

    Raises:
        ValueError: As `OptimizerConfig`.
    """

    kind: str = "cosine"
    milestones: tuple = ()
    factor: float = 0.1
    period: float = 5.0
    period_factor: float = 1.0
    floor: float = 0.0
    patience: int = 10
    monitor: str = "loss"
    warmup_epochs: float = 1.0
    warmup_steps: int = 0
    warmup_start: float = 0.0

    def __post_init__(self):
        checks.check_all(self, _SCHEDULE_RULES, "schedule.")
        object.__setattr__(self, "milestones", tuple(self.milestones))
        if (self.kind == "steps") != bool(self.milestones):
            raise ValueError(
                '`schedule.milestones` are those of kind="steps", which needs '
                f"some. Received: kind={self.kind!r}, "
                f"milestones={self.milestones}"
            )


_OPTIMIZER_RULES = {
    "name": checks.one_of(tuple(RATES)),
    "learning_rate": checks.POSITIVE,
    "momentum": checks.SHARE,
    "nesterov": checks.BOOLEAN,
    "weight_decay": checks.AMOUNT,
    "l2": checks.AMOUNT,
    "clip_norm": checks.or_none(checks.POSITIVE),
    "ema": checks.SHARE,
}
_SCHEDULE_RULES = {
    "kind": checks.one_of(SCHEDULES),
    "milestones": checks.MILESTONES,
    "factor": checks.POSITIVE,
    "period": checks.POSITIVE,
    "period_factor": checks.POSITIVE,
    "floor": checks.SHARE,
    "patience": checks.COUNT,
    "monitor": checks.one_of(("loss", "accuracy")),
    "warmup_epochs": checks.AMOUNT,
    "warmup_steps": checks.STEPS,
    "warmup_start": checks.SHARE,
}
