"""Batch normalisation folded into convolutions, for inference.

With its moving statistics a normalisation is `y = scale * x + shift`, one
pair of numbers for each channel. After a convolution both go into its kernel
and bias: Jacob et al., "Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference", CVPR 2018, section 3.2.
"""

from collections import Counter

import keras
import numpy as np

from kvideo.layers import Conv3D

HALVES = ("bfloat16", "float16")


def fold_batch_norm(model, dtype=None):
    """A copy of a network for inference, with normalisations folded away.

    A `BatchNormalization` that alone reads a `kvideo.layers.Conv3D` goes
    into that convolution, which gains a bias; each of the two must be used
    once. Others (after an addition, of a convolution that something else
    reads too, of a shared layer, in a nested model) stay as they are.
    Outputs equal those of `model(clips, training=False)` up to rounding. The
    copy can be saved, loaded and exported; it is not meant for training.

    Args:
        model: Functional `keras.Model`. It is left as it was.
        dtype: None keeps each layer's. `"bfloat16"` or `"float16"` computes
            the feature maps (B, T, H, W, C) in half precision from the first
            convolution on, whose weights are stored so; what comes before,
            and the head, stay as they are. It pays on CPUs that have the
            instructions (docs/speed.md).

    Returns:
        A functional `keras.Model` with the same inputs, outputs and layer
        names, less those of the folded normalisations.
    Raises:
        ValueError: If `model` is not functional, or `dtype` is another.
    """
    _check_arguments(model, dtype)
    nodes = calls_in_order(model)
    pairs = _pairs(model, nodes)
    halved = _after_convolution(nodes) if dtype else ()
    folded = {norm.name for norm in pairs.values()}

    def copy(layer):
        config = layer.get_config()
        if layer.name in pairs:
            config["use_bias"] = True
        if layer.name in halved:
            config["dtype"] = _policy(layer, dtype)
        return type(layer).from_config(config)

    def call(layer, *args, **kwargs):
        return args[0] if layer.name in folded else layer(*args, **kwargs)

    clone = keras.models.clone_model(
        model, clone_function=copy, call_function=call
    )
    for layer in clone.layers:
        if not layer.weights:
            continue
        original = model.get_layer(layer.name)
        if layer.name in pairs:
            layer.set_weights(_fold(original, pairs[layer.name]))
        else:
            layer.set_weights(original.get_weights())
    return clone


def _check_arguments(model, dtype):
    if not hasattr(model, "_nodes_by_depth"):
        raise ValueError(
            "`model` must be a functional keras.Model, as the functions of "
            "kvideo.applications return. Received: an object of type "
            f"{type(model).__name__}."
        )
    if dtype is not None and dtype not in HALVES:
        raise ValueError(
            "`dtype` must be None, 'bfloat16' or 'float16'. Received: "
            f"dtype={dtype!r}."
        )


def calls_in_order(model):
    """The calls in a functional model, each after those that it reads."""
    by_depth = model._nodes_by_depth
    nodes = [n for depth in sorted(by_depth)[::-1] for n in by_depth[depth]]
    return [node for node in nodes if not node.is_input]


def _pairs(model, nodes):
    """Name of a convolution -> the normalisation that it takes in."""
    maker = {id(t): node for node in nodes for t in node.outputs}
    reads = Counter(id(t) for node in nodes for t in node.input_tensors)
    reads.update(id(t) for t in model.outputs)
    calls = Counter(node.operation.name for node in nodes)
    pairs = {}
    for node in nodes:
        norm = node.operation
        if not isinstance(norm, keras.layers.BatchNormalization):
            continue
        source = node.input_tensors[0]
        conv = maker[id(source)].operation if id(source) in maker else None
        if (
            isinstance(conv, Conv3D)
            and norm.axis in (-1, len(source.shape) - 1)
            and calls[norm.name] == calls[conv.name] == reads[id(source)] == 1
        ):
            pairs[conv.name] = norm
    return pairs


def _after_convolution(nodes):
    """Names of the layers that make feature maps, convolutions and after."""
    names, tensors = set(), set()
    for node in nodes:
        maps = {id(t) for t in node.outputs if len(t.shape) == 5}
        reached = any(id(t) in tensors for t in node.input_tensors)
        if maps and (reached or isinstance(node.operation, Conv3D)):
            names.add(node.operation.name)
            tensors |= maps
    return names


def _policy(layer, dtype):
    """Half precision all through where a layer only multiplies and adds.

    Statistics and other small weights stay in float32.
    """
    return dtype if isinstance(layer, Conv3D) else f"mixed_{dtype}"


def _fold(conv, norm):
    """Kernel and bias of a convolution with its normalisation."""
    mean = np.asarray(norm.moving_mean, "float64")
    variance = np.asarray(norm.moving_variance, "float64")
    scale = 1 / np.sqrt(variance + norm.epsilon)
    if norm.scale:
        scale = scale * np.asarray(norm.gamma)
    bias = np.asarray(conv.bias, "float64") if conv.use_bias else 0.0
    shift = (bias - mean) * scale
    if norm.center:
        shift = shift + np.asarray(norm.beta)
    return [np.asarray(conv.kernel, "float64") * scale, shift]
