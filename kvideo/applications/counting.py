"""Parameters and multiply-accumulates of a network, layer by layer.

What a layer of each kind counts is in `counting_rules.py`; here its calls are
found. The shapes of one clip walk through the functional model, so that every
call is seen, also of a shared layer, inside a nested model, and on tensors
whose first axis is not the batch. A layer without a rule of its own is traced,
and the calls of its sublayers are added up.
"""

import math
from dataclasses import dataclass

import keras

from kvideo.applications import counting_rules
from kvideo.layers.checks import check_choice


@dataclass(frozen=True)
class LayerCount:
    """One layer, all its calls together.

    Attributes:
        name: Name of the layer; behind `model/` in a nested model.
        step: The name without its last part.
        kind: Class of the layer.
        output_shape: Of the last call, None for the batch.
        params: Its parameters.
        macs: Multiply-accumulates for one clip, as the mode counts.
        uncounted: Kinds, this one or inside it, that nobody knows to count.
    """

    name: str
    step: str
    kind: str
    output_shape: tuple
    params: int
    macs: int
    uncounted: tuple = ()


@dataclass(frozen=True)
class Count:
    """Totals of a network, and its layers in order.

    Attributes:
        params: All parameters, moving statistics too.
        trainable_params: What gradient descent changes: what papers quote.
        macs: Multiply-accumulates for one clip, as the mode counts.
        layers: Tuple of `LayerCount`.
        uncounted: Kinds of layers that multiply, and that `macs` lacks.
    """

    params: int
    trainable_params: int
    macs: int
    layers: tuple
    uncounted: tuple = ()


def count(model, mode="macs"):
    """Count a functional model for one clip.

    Args:
        model: A built functional `keras.Model` or `keras.Sequential` whose
            input shapes are fully known, apart from the batch.
        mode: `"macs"`: multiply-accumulates of convolutions, dense layers,
            recurrent cells and matrix products; normalisation, activations
            and pooling count nothing. `"hooks"`: what hooks on PyTorch
            modules count, as in the tables of Huang's thesis: biases, batch
            normalisation and averages too, products of two activations not.

    Returns:
        A `Count`. What a layer of your own multiplies in its `call` is seen
        if the layer says so in `count_macs(input_shape, output_shape)`.
    Raises:
        ValueError: If the mode is unknown, the model is not functional, or
            an input shape is not known.
    """
    check_choice("mode", mode, counting_rules.MODES)
    rows = tuple(_rows(_calls(model, _one_clip(model)), mode))
    return Count(
        params=model.count_params(),
        trainable_params=sum(
            math.prod(w.shape) for w in model.trainable_weights
        ),
        macs=sum(row.macs for row in rows),
        layers=rows,
        uncounted=tuple(sorted({k for row in rows for k in row.uncounted})),
    )


def _one_clip(model):
    """Symbolic inputs with a batch of one."""
    if not _is_functional(model):
        raise ValueError(
            "Counting follows the graph of a functional model. Received: "
            f"{model!r}. Build it with `keras.Model(inputs, outputs)`."
        )
    for x in model.inputs:
        if None in tuple(x.shape[1:]):
            raise ValueError(
                "Multiply-accumulates need a known clip shape (T, H, W, 3). "
                f"Received: a model of input shape {tuple(x.shape)}. Build "
                "it with input_shape=."
            )
    return [keras.KerasTensor((1, *x.shape[1:]), x.dtype) for x in model.inputs]


def _is_functional(layer):
    return isinstance(layer, keras.Model) and bool(
        getattr(layer, "operations", None)
        or getattr(layer, "_functional", None)
    )


def _calls(model, inputs, prefix=""):
    """List of (name, operation, args, kwargs, outputs), in order."""
    found = []

    def follow(operation):
        def call(*args, **kwargs):
            if _is_functional(operation):
                inner, outputs = _walk(operation, args, prefix)
                found.extend(inner)
                return outputs
            outputs = operation.compute_output_spec(*args, **kwargs)
            name = prefix + operation.name
            found.append((name, operation, args, kwargs, outputs))
            return outputs

        return call
