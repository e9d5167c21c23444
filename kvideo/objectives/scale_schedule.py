"""The scale of the projection loss over the training: Eq. 3.19.

Source: Huang's thesis, section 3.5.4. alpha weights the projection loss and
1 - alpha that of the classifier (Eq. 3.15). It falls from 1 to lambda during
the first share gamma of the steps and from there to 0, each time along half a
cosine, "simulating cosine annealing".

Decision: the equation is garbled in print. It has a "log" with subscripts
that are fractions of pi, its second branch does not start where the first
ends, and it asks for gamma >= 1, which would leave the second branch empty.
Two readings join at lambda and end at 0: `"linear"`, a cosine of the step, and
`"log"`, of the logarithm of the step to the printed base, which falls at once
and then hardly at all. Neither is certain. The figure (3.12) is lost; the
linear one is the default because it is what the text says.
"""

import math

from keras import ops

FORMS = ("linear", "log")


def scale_schedule(step, total_steps, gamma=0.2, lambda_=0.3, form="linear"):
    """alpha of Eq. 3.19 at a step.

    Args:
        step: Step m, a number or tensor; alpha stays 0 after `total_steps`.
        total_steps: Number M of steps of the training.
        gamma: Share of the steps after which alpha is lambda, in (0, 1).
        lambda_: alpha at that step, in [0, 1]. The thesis tried (gamma,
            lambda) = (0.1, 0.1), (0.2, 0.3) and (0.5, 0.3).
        form: `"linear"` or `"log"`, see above.

    Returns:
        Tensor like `step`, float32, in [0, 1].
    Raises:
        ValueError: If an argument is out of its range, or a part of the
            training has too few steps for a logarithm (two).
    """
    first, second = gamma * total_steps, (1 - gamma) * total_steps
    _check(first, second, total_steps, gamma, lambda_, form)
    progress = _linear if form == "linear" else _log
    step = ops.cast(step, "float32")
    early = progress(step, first) * math.acos(2 * lambda_ - 1)
    late = progress(step - first, second) * math.pi
    return ops.where(
        step < first,
        (1 + ops.cos(early)) / 2,
        lambda_ * (1 + ops.cos(late)) / 2,
    )


def _linear(step, length):
    """0 at the start of a part, 1 at its end."""
    return ops.clip(step / length, 0, 1)


def _log(step, length):
    """The same, measured in logarithms; a step before the first counts 0."""
    return ops.clip(ops.log(ops.maximum(step, 1)) / math.log(length), 0, 1)


def _check(first, second, total_steps, gamma, lambda_, form):
    if form not in FORMS:
        raise ValueError(f"`form` must be one of {FORMS}. Received: {form=}.")
    if not 0 < gamma < 1 or not 0 <= lambda_ <= 1:
        raise ValueError(
            "`gamma` must be between 0 and 1, `lambda_` too or equal to one "
            f"of them. Received: {gamma=}, {lambda_=}."
        )
    if min(first, second) < (0 if form == "linear" else 2) or total_steps < 1:
        raise ValueError(
            "`total_steps` is too small: form='log' needs two steps before "
            "and two after `gamma * total_steps`, form='linear' one in all. "
            f"Received: {total_steps=}, {gamma=}, {form=}."
        )
