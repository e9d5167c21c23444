"""Parameters and multiply-accumulates of a network, layer by layer.

"FLOPs" in the papers of this package means multiply-accumulates of
convolutions, dense layers and matrix products for one clip; that is what is
counted here. Normalisation, activations and pooling count nothing.
"""

import math
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class LayerCount:
    """One layer: `step` is its name without the last part."""

    name: str
    step: str
    kind: str
    output_shape: tuple
    params: int
    macs: int


@dataclass(frozen=True)
class Count:
    """Totals of a network, and its layers in order.

    Attributes:
        params: All parameters, moving statistics too.
        trainable_params: What gradient descent changes: what papers quote.
        macs: Multiply-accumulates for one clip.
        layers: Tuple of `LayerCount`.
    """

    params: int
    trainable_params: int
    macs: int
    layers: tuple


def count(model):
    """Count a functional model for one clip.

    Args:
        model: A built `keras.Model` whose clip shape is fully known.

    Returns:
        A `Count`.
    Raises:
        ValueError: If the clip shape is not known.
    """
    if None in tuple(model.inputs[0].shape[1:]):
        raise ValueError(
            "Multiply-accumulates need a known clip shape (T, H, W, 3). "
            f"Received: a model of input shape {model.inputs[0].shape}. "
            "Build it with input_shape=."
        )
    rows = tuple(_rows(model))
    return Count(
        params=model.count_params(),
        trainable_params=sum(
            math.prod(w.shape) for w in model.trainable_weights
        ),
        macs=sum(row.macs for row in rows),
        layers=rows,
    )


def _rows(model):
    """One row for each layer, calls of a shared layer added up."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        shapes = [_shapes(node) for node in layer._inbound_nodes]
        yield LayerCount(
            name=layer.name,
            step=layer.name.rpartition("_")[0] or layer.name,
            kind=type(layer).__name__,
            output_shape=shapes[-1][1],
            params=layer.count_params() if layer.built else 0,
            macs=sum(layer_macs(layer, i, o) for i, o in shapes),
        )


def _shapes(node):
    inputs = [tuple(t.shape) for t in node.input_tensors]
    outputs = [tuple(t.shape) for t in node.outputs]
    return (inputs if len(inputs) > 1 else inputs[0]), outputs[0]


def layer_macs(layer, input_shape, output_shape):
    """Multiply-accumulates of one call of one layer for one clip."""
    if hasattr(layer, "count_macs"):
        return layer.count_macs(input_shape, output_shape)
    if isinstance(layer, keras.layers.Dense):
        return math.prod(output_shape[1:]) * input_shape[-1]
    return 0
