"""The groups of weights that the papers have, as data.

Apart from `kvideo.trainers.groups`, so that a run's configuration can be read
and checked before Keras is loaded.
"""

from kvideo.trainers import checks

ROLES = {
    "first_conv": "the kernel of the first convolution of each backbone",
    "conv": "kernels of all other convolutions",
    "kernel": "kernels that are no convolution's, and what has no other role",
    "bias": "biases, but for the classifier's",
    "norm": "scales and offsets of normalisation",
    "classifier": "the kernels of the last dense layers, of all pathways",
    "classifier_bias": "their biases",
}

# Role -> (rate, decay); what is not named has (1, 1).
GROUPS = {
    # All alike, as PyTorch's optimizers have it by default.
    "all": {},
    # Decay for kernels alone.
    "kernels": {"bias": (1, 0), "norm": (1, 0), "classifier_bias": (1, 0)},
    # The code of SlowFast and X3D.
    "no_norm_decay": {"norm": (1, 0)},
    # TSN and TSM (`get_optim_policies` of their code); RNL.
    "tsn": {
        "bias": (2, 0),
        "norm": (1, 0),
        "classifier": (5, 1),
        "classifier_bias": (10, 0),
    },
    # The same for optical flow, where the first convolution is new.
    "tsn_flow": {
        "first_conv": (5, 1),
        "bias": (2, 0),
        "norm": (1, 0),
        "classifier": (5, 1),
        "classifier_bias": (10, 0),
    },
    # The thesis of DAN and BQN: the classifier's decay is five times, too.
    "bqn": {
        "bias": (2, 0),
        "norm": (1, 0),
        "classifier": (5, 5),
        "classifier_bias": (10, 0),
    },
    # MTNet's code for fine-tuning.
    "slow_convolutions": {"first_conv": (0.6, 1), "conv": (0.6, 1)},
}


def group_pairs(groups):
    """Role -> (rate, decay) of `optimizer.groups`, a name or a dictionary."""
    return GROUPS[groups] if isinstance(groups, str) else groups


def check_groups(groups):
    """Raises a `ValueError` unless it is a row of `GROUPS` or like one."""
    if isinstance(groups, str):
        checks.check("optimizer.groups", groups, checks.one_of(tuple(GROUPS)))
        return
    rule = checks.Rule(
        lambda x: isinstance(x, dict) and all(map(_is_pair, x.values())),
        f"one of {tuple(GROUPS)}, or a dictionary from roles to pairs "
        "(rate, decay) of numbers >= 0",
    )
    checks.check("optimizer.groups", groups, rule)
    for role in groups:
        checks.check("a role of optimizer.groups", role, checks.one_of(ROLES))


def _is_pair(value):
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(checks.AMOUNT.accepts(x) for x in value)
    )
