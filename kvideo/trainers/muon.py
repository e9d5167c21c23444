"""Muon for convolutions: kernels move by orthogonal steps.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024;
the length of a step after Liu et al., "Muon is Scalable for LLM Training",
arXiv 2502.16982: sqrt(max(rows, columns)) * `rms_rate`, with which rates are
those of AdamW. Keras' own takes matrices alone; here a kernel (..., Cin, Cout)
is the matrix of its last axis and all others, as Jordan's code does.

Why it is the default: what no single frame tells is a small part of the
gradient as long as a network does not see time yet. An orthogonal step moves
along all directions of a kernel alike, and so along that one, too; the others
may not leave chance at all (`docs/training.md` has the figures).
"""

import re

import keras
from keras import ops

from kvideo.trainers.clipping import ClipsTheSum
from kvideo.trainers.groups import Grouped, classifier_kernels


@keras.saving.register_keras_serializable(package="kvideo")
class Muon(Grouped, ClipsTheSum, keras.optimizers.Muon):
    """`keras.optimizers.Muon` for kernels of any rank, with groups.

    Weights that are no `kernel`, kernels of one input or output channel (as
    those of depthwise convolutions), and what `exclude_layers` matches, move
    as with AdamW.

    Args:
        learning_rate: A number or a schedule.
        groups: See `kvideo.trainers.groups.patterns`.
        **options: Of `keras.optimizers.Muon`, of which `adam_weight_decay`
            is not used: `weight_decay` is that of all weights.
    """

    def _should_use_adamw(self, variable):
        if variable.name != "kernel" or min(_matrix(variable.shape)) == 1:
            return True
        return any(re.search(x, variable.path) for x in self.exclude_layers)

    def _muon_update_step(self, gradient, variable, lr, m):
        gradient = ops.cast(gradient, variable.dtype)
        mixed = self.momentum * m + gradient
        self.assign(m, mixed)
        if self.nesterov:
            mixed = gradient + self.momentum * mixed
        rows, columns = _matrix(variable.shape)
        step = self.zeropower_via_newtonschulz5(
            ops.reshape(mixed, (rows, columns)), self.ns_steps
        )
        step = ops.reshape(self.lr_adjust(step), variable.shape)
        self.assign_sub(variable, lr * step)


def muon_for(model, rate, **options):
    """A `Muon` that leaves the classifiers of a model to AdamW."""
    heads = [re.escape(path) for path in classifier_kernels(model)]
    return Muon(rate, exclude_layers=heads, **options)


def _matrix(shape):
    """(rows, columns) of a kernel (..., Cin, Cout), or (1, 1) of a vector.

    The rows of a depthwise kernel (..., 1, C) count as one: its channels have
    nothing to do with each other.
    """
    if len(shape) < 2:
        return 1, 1
    rows = 1
    for size in shape[:-1]:
        rows *= size
    return (1 if shape[-2] == 1 else rows), shape[-1]
