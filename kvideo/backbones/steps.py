"""What a backbone is made of."""

import difflib
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
    """Apply all steps in order.

    Raises:
        ValueError: If the clip is too short or too small for a step.
    """
    for step in steps:
        before, x = x, step.apply(x)
        if 0 in tuple(x.shape):
            raise ValueError(
                f"The clip is too short or too small: {step.name} takes "
                f"{tuple(before.shape)} and leaves {tuple(x.shape)}, "
                "(B, T, H, W, C). Give more frames or larger ones."
            )
    return x


def insert(steps, after, make):
    """A copy of a list of steps with further ones in between.

    Args:
        steps: List of `Step`.
        after: Names of the steps that a new one follows.
        make: Function from the step before to the new `Step`.

    Returns:
        List of `Step`.
    Raises:
        ValueError: If no step has one of the names.
    """
    names = [step.name for step in steps]
    for name in after:
        if name not in names:
            nearest = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
            raise ValueError(
                f"No step is named {name!r}. Nearest: "
                f"{', '.join(nearest) or 'none'}. Known: {', '.join(names)}."
            )
    found = []
    for step in steps:
        found.append(step)
        if step.name in after:
            found.append(make(step))
    return found


def follow(step, operators):
    """The step that puts layers behind another one.

    Args:
        step: The `Step` before.
        operators: Dict from the last part of a layer's name to a function
            that takes `name=` and returns the layer, in their order.

    Returns:
        A `Step`, to be used as `insert(steps, after, make)` does.
    """

    def apply(x):
        for part, operator in operators.items():
            x = operator(name=f"{step.name}_{part}")(x)
        return x

    name = "_".join([step.name, *operators])
    return Step(name, step.stage, apply, residual=False)
