"""What the weights of a network are there for: one definition for everybody.

Groups of learning rates (`kvideo.trainers.groups`), frozen normalisation,
freezing, and loading all but the classifier ask here. A network's own names
say most of it: its backbones begin with a step `stem` (`conv2d_1a` in
Inception-ResNet-v2), with something before it where there are two of them, and
its classifiers are called `logits`. docs/fine-tuning.md has the table.
"""

import re

import keras

from kvideo.layers import MotionBandPass

_STEM = re.compile(r"(.*_)?(?:stem|conv2d_1a)_[a-z]+")
# Whatever is added to a linear map; `basis` is what DAN's projection starts
# from, an offset of its last dense layer.
_BIASES = {"bias", "basis"}


def classifiers(model):
    """The dense layers that end in classes.

    Those called `logits` or `..._logits`, as in this package; without one, the
    last dense layer that ends in the model's outputs.
    """
    dense = [x for x in _layers(model) if isinstance(x, keras.layers.Dense)]
    named = [x for x in dense if x.name.rpartition("_")[2] == "logits"]
    ends = [x for x in dense if x.units == model.output_shape[-1]]
    return named or ends[-1:]


def batch_norms(model):
    """The batch normalisation layers, in the order of the graph."""
    kind = keras.layers.BatchNormalization
    return [layer for layer in _layers(model) if isinstance(layer, kind)]


def stems(model):
    """The first convolution of each backbone; without names, of the model."""
    return _first_of_each(model, [x for x in _layers(model) if _convolves(x)])


def stem_norms(model):
    """The first batch normalisation of each backbone, or of the model."""
    return _first_of_each(model, batch_norms(model))


def backbones(model):
    """What stands before the names of each backbone.

    `("",)`, `("busy_", "quiet_")`, or `()` where no name says it.
    """
    found = map(_backbone_of, _layers(model))
    return tuple(dict.fromkeys(x for x in found if x is not None))


def roles(model):
    """The role of each trainable weight, a dict from its path.

    Args:
        model: A built `keras.Model`.

    Returns:
        Dict of values in `kvideo.trainers.group_table.ROLES`.
    """
    found = {}
    heads = {id(layer) for layer in classifiers(model)}
    first = {id(layer) for layer in stems(model)}
    for layer in _layers(model):
        for weight in layer._trainable_variables:
            role = _role(layer, weight)
            if id(layer) in heads:
                role = "classifier" + "_bias" * (role == "bias")
            elif id(layer) in first and role == "conv":
                role = "first_conv"
            found[weight.path] = role
    return found


def _role(layer, weight):
    if _normalizes(layer):
        return "norm"
    if _BIASES & set(weight.name.split("_")):
        return "bias"
    return "conv" if _convolves(layer) else "kernel"


def _layers(model):
    return list(model._flatten_layers(include_self=False))


def _normalizes(layer):
    batch_norm = isinstance(layer, keras.layers.BatchNormalization)
    return batch_norm or "normalization" in type(layer).__name__.lower()


def _convolves(layer):
    """Whether a layer's own kernel slides over time or space."""
    kernels = [w for w in layer._trainable_variables if "kernel" in w.name]
    named = "conv" in type(layer).__name__.lower()
    return bool(kernels) and (named or isinstance(layer, MotionBandPass))


def _backbone_of(layer):
    match = _STEM.fullmatch(layer.name)
    return None if match is None else match[1] or ""


def _first_of_each(model, layers):
    """Of layers, the first in each backbone; its name may occur in others."""
    first = {}
    for layer in layers:
        backbone = _backbone_of(layer)
        if backbone is not None:
            first.setdefault(backbone, layer.name)
    named = [layer for layer in layers if layer.name in first.values()]
    return named or layers[:1]
