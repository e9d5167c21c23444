"""Which clips, how large and how many at a time, in which epoch.

Paper: Wu, Girshick, He, Feichtenhofer, Kraehenbuehl, "A Multigrid Method for
Efficiently Training Video Models", CVPR 2020; rounding and shares of the
epochs as in the authors' code (facebookresearch/SlowFast, multigrid.py).

A long cycle goes from short and small clips in large batches to those of the
network, in four shapes; within each, a short cycle changes height and width
from step to step. The learning rate follows the batches of the long cycle (the
linear scaling rule) and not those of the short one. The last stage of a
training keeps the shape of the network.
"""

import dataclasses

# (frames, height and width) over those of the network.
LONG_CYCLE = ((0.25, 0.5**0.5), (0.5, 0.5**0.5), (0.5, 1.0), (1.0, 1.0))
# Height and width over those of the network, before the long cycle's own.
SHORT_CYCLE = (0.5, 0.5**0.5)


@dataclasses.dataclass(frozen=True)
class Grid:
    """The clips of one step.

    Attributes:
        batch: Clips, in batches of the plain training.
        frames: T of a clip.
        size: (H, W) in pixels.
    """

    batch: int
    frames: int
    size: tuple


@dataclasses.dataclass(frozen=True)
class Phase:
    """Epochs whose steps go through the same grids in turn.

    Attributes:
        start, end: Its epochs are start, ..., end - 1.
        grids: Tuple of `Grid`; the last one is the long cycle's.
        stage: Number of the stage, from 0.
    """

    start: int
    end: int
    grids: tuple
    stage: int

    @property
    def rate(self):
        """What multiplies the learning rate."""
        return self.grids[-1].batch

    @property
    def batch(self):
        """Clips of all grids together, in batches of the plain training."""
        return sum(grid.batch for grid in self.grids)

    def steps(self, count, batch_size):
        """Steps in an epoch of `count` clips; one that is not full is none."""
        return count // (self.batch * batch_size) * len(self.grids)


def multigrid_schedule(input_shape, epochs, stages, short_cycle=True):
    """The phases of a training.

    Args:
        input_shape: (T, H, W, C) of the network.
        epochs: Epochs in all, a number. The paper takes 1.5 times those of
            the plain training, which has many more steps.
        stages: Lengths of the stages of the plain training, in any unit, two
            at least: a long cycle for each, and the last for fine-tuning.
        short_cycle: Whether height and width change from step to step.

    Returns:
        Tuple of `Phase`. One that would last less than half an epoch may be
        missing, but for the last one: a training ends with an epoch of the
        network's own clips.

    Raises:
        ValueError: If there are less than two stages.
    """
    if len(stages) < 2:
        raise ValueError(
            "`stages` must have the lengths of one long cycle or more and of "
            f"the fine-tuning after them. Received: stages={stages!r}"
        )
    cycle = [_grids(input_shape, *f, short_cycle) for f in LONG_CYCLE]
    parts = _parts(cycle, stages)
    total = sum(length for *_, length in parts)
    phases, passed, start = [], 0.0, 0
    for place, (stage, grids, length) in enumerate(parts, start=1):
        passed += length
        left = 0 if place == len(parts) else 1
        end = min(round(passed * epochs / total), round(epochs) - left)
        if end > start:
            phases.append(Phase(start, end, grids, stage))
        start = end
    return tuple(phases)


def _grids(input_shape, time, space, short_cycle):
    frames, height, width, _ = input_shape
    factors = [*SHORT_CYCLE, space] if short_cycle else [space]
    return tuple(
        Grid(
            round(1 / (time * factor**2)),
            round(frames * time),
            (round(height * factor), round(width * factor)),
        )
        for factor in factors
    )


def _parts(cycle, stages):
    """(stage, grids, length): as many steps in each shape of a cycle."""
    clips = [sum(g.batch for g in grids) / len(grids) for grids in cycle]
    *cycles, last = stages
    parts = [
        (stage, grids, length * mean / sum(clips))
        for stage, length in enumerate(cycles)
        for grids, mean in zip(cycle, clips, strict=True)
    ]
    # The last stage loses as many of its steps as the others.
    last = last * len(cycle) / sum(clips) * clips[-1]
    return [*parts, (len(cycles), cycle[-1], last)]
