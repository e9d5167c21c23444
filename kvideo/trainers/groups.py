"""Parameter groups: which weights learn at rates and decays of their own.

A weight has one role, and a role a pair: what multiplies the learning rate,
and what multiplies the decay. `keras.optimizers.MultiOptimizer` can do the
same with an optimizer for each pair; here one optimizer looks the pair up for
each weight, because the parts of a `MultiOptimizer` clip their gradients each
by the norm of its own, and it has no learning rate that a callback could read
or set. Updates are equal, which a test shows.
"""

import re

from keras import ops

from kvideo.applications.roles import roles
from kvideo.trainers.group_table import group_pairs


def classifier_kernels(model):
    """Paths of the kernels of a model's classifiers."""
    return [p for p, role in roles(model).items() if role == "classifier"]


def patterns(model, groups):
    """The rows that `Grouped` optimizers take.

    Args:
        model: A built `keras.Model`.
        groups: A row of `GROUPS`, or a dictionary like one.

    Returns:
        List of [regular expression of paths, rate, decay]; weights that no
        row matches have (1, 1).
    """
    pairs = group_pairs(groups)
    paths = {}
    for path, role in roles(model).items():
        pair = tuple(pairs.get(role, (1, 1)))
        if pair != (1, 1):
            paths.setdefault(pair, []).append(re.escape(path))
    return [["|".join(names), *pair] for pair, names in paths.items()]


class Grouped:
    """What gives a Keras optimizer groups; stands before it as a base.

    Decoupled decay is done weight by weight, before the update as in Keras.

    Args:
        groups: What `patterns` returns; matched with whole paths.
    """

    def __init__(self, *arguments, groups=(), **options):
        super().__init__(*arguments, **options)
        self.groups = [list(row) for row in groups]

    def build(self, variables):
        super().build(variables)
        self._pairs = [self._pair(variable.path) for variable in variables]

    def _pair(self, path):
        for pattern, rate, decay in self.groups:
            if re.fullmatch(pattern, path):
                return rate, decay
        return 1.0, 1.0

    def pair(self, variable):
        """(rate, decay) of a variable of this optimizer."""
        return self._pairs[self._get_variable_index(variable)]

    def update_step(self, gradient, variable, learning_rate):
        rate, decay = self.pair(variable)
        learning_rate = ops.cast(learning_rate, variable.dtype) * rate
        if self.weight_decay and decay:
            shrink = learning_rate * (decay * self.weight_decay)
            self.assign_sub(variable, variable * shrink)
        self.move(gradient, variable, learning_rate)

    def move(self, gradient, variable, learning_rate):
        """The update itself, less decoupled decay; by default the base's."""
        super().update_step(gradient, variable, learning_rate)

    def _apply_weight_decay(self, variables):
        """Nothing: `update_step` has the decay of each weight."""

    def get_config(self):
        return super().get_config() | {"groups": self.groups}
