"""What a backbone is made of."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One named part of a backbone.

    Attributes:
        name: `"stem"`, `"res3_block2"`, ... Blocks count from 1, stages as in
            the papers: conv1 is the stem, res2 to res5 the residual stages.
        stage: 1 for the stem, 2 to 5 for the residual stages, 6 after them.
        apply: Takes a feature map (B, T, H, W, C) and returns the next one,
            making its layers, named `<step name>_<part>`, on the way. Call it
            once: a second call makes a second set of weights.
        residual: Whether the step is a residual block.
    """

    name: str
    stage: int
    apply: Callable
    residual: bool = True


def walk(steps, x):
    """Apply all steps in order."""
    for step in steps:
        x = step.apply(x)
    return x
