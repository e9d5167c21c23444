"""Parameters and multiply-accumulates of a network, layer by layer.

What a layer of each kind counts is in `counting_rules.py`; here its calls are
found. The shapes of one clip walk through the functional model, so that every
call is seen, also of a shared layer, inside a nested model, and on tensors
whose first axis is not the batch. A layer without a rule of its own is traced,
and the calls of its sublayers are added up.
"""

import functools
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
    calls = _calls(model)
    rows = tuple(_rows(calls, mode))
    return Count(
        params=model.count_params(),
        trainable_params=sum(
            math.prod(w.shape) for w in model.trainable_weights
        ),
        macs=sum(row.macs for row in rows),
        layers=rows,
        uncounted=tuple(sorted({k for row in rows for k in row.uncounted})),
    )


def _calls(model):
    """List of (name, operation, args, kwargs, outputs), in order."""
    graph = _graph(model)
    if graph is None:
        raise ValueError(
            "Counting follows the graph of a functional model. Received: "
            f"{model!r}. Build it with `keras.Model(inputs, outputs)`."
        )
    found = []
    graph._run_through_graph(
        [_one_clip(x) for x in model.inputs],
        operation_fn=lambda operation: _follow(operation, "", found),
    )
    return found


def _graph(layer):
    """The functional graph that a layer is, or None."""
    if isinstance(layer, keras.Sequential):
        return layer._functional
    return layer if hasattr(layer, "_run_through_graph") else None


def _one_clip(x):
    """A symbolic input with a batch of one."""
    if None in tuple(x.shape[1:]):
        raise ValueError(
            "Multiply-accumulates need a known clip shape (T, H, W, 3). "
            f"Received: a model of input shape {tuple(x.shape)}. Build it "
            "with input_shape=."
        )
    return keras.KerasTensor((1, *x.shape[1:]), x.dtype)


def _follow(operation, prefix, found):
    """The operation on symbolic tensors; its calls are added to `found`."""

    def call(*args, **kwargs):
        graph = _graph(operation)
        name = f"{prefix}{operation.name}"
        if graph is not None:
            return graph._run_through_graph(
                (args, kwargs),
                operation_fn=lambda op: _follow(op, f"{name}/", found),
            )
        outputs = operation.compute_output_spec(*args, **kwargs)
        if not _is_known(outputs):
            outputs = _Probe(operation).compute_output_spec(*args, **kwargs)
        found.append((name, operation, args, kwargs, outputs))
        return outputs

    return call


def _rows(calls, mode):
    """One row for each layer, calls of a shared layer added up."""
    by_layer = {}
    for call in calls:
        by_layer.setdefault(id(call[1]), []).append(call)
    for same in by_layer.values():
        name, layer, _, _, outputs = same[-1]
        counted = [n for call in same for n in _count_call(*call[1:], mode)]
        is_layer = isinstance(layer, keras.layers.Layer)
        if not is_layer and not any(n != 0 for _, n in counted):
            continue
        yield LayerCount(
            name=name,
            step=name.rpartition("_")[0] or name,
            kind=type(layer).__name__,
            output_shape=(None, *keras.tree.flatten(outputs)[0].shape[1:]),
            params=layer.count_params() if is_layer and layer.built else 0,
            macs=sum(n or 0 for _, n in counted),
            uncounted=tuple(kind for kind, n in counted if n is None),
        )


def _count_call(layer, args, kwargs, outputs, mode):
    """List of (kind, number or None) of a layer, or of what is inside it."""
    rule = counting_rules.find(layer, mode)
    if rule is not None:
        return [_apply(rule, layer, (args, kwargs), outputs)]
    return trace(layer, args, kwargs, mode)


def _apply(rule, layer, inputs, outputs):
    """(kind, number), the number None if nobody knows it."""
    kind = type(layer).__name__
    if not _is_known((inputs, outputs)):
        return kind, None
    inputs, outputs = _shapes(inputs), _shapes(outputs)
    return kind, rule(
        layer,
        inputs[0] if len(inputs) == 1 else inputs,
        outputs[0] if len(outputs) == 1 else outputs,
    )


def _shapes(tensors):
    return [
        tuple(x.shape)
        for x in keras.tree.flatten(tensors)
        if isinstance(x, keras.KerasTensor) or keras.ops.is_tensor(x)
    ]


def _is_known(tensors):
    return all(None not in shape for shape in _shapes(tensors))


class _Probe(keras.Operation):
    """Runs a layer where the backend infers shapes: nothing is computed."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, *args, **kwargs):
        return self.layer(*args, **kwargs)


def trace(layer, args, kwargs, mode):
    """What the sublayers of a layer count in one of its calls.

    Args:
        layer: Any layer, built.
        args, kwargs: Of the call; symbolic tensors with a batch of one.
        mode: As of `count`.

    Returns:
        List of (kind, number); None where nobody knows the number.
    """
    found = []
    inside = counting_rules.sublayers(layer)
    for sublayer in inside:
        sublayer.call = _spied(sublayer, mode, found)
    try:
        _Probe(layer).compute_output_spec(*args, **kwargs)
    finally:
        for sublayer in inside:
            del sublayer.call
    return found + _kernel_without_rule(layer)


def _kernel_without_rule(layer):
    """A layer made of layers that multiplies by a weight of its own, too."""
    if counting_rules.has_kernel(layer):
        return [(type(layer).__name__, None)]
    return []


def _spied(layer, mode, found):
    """`layer.call` that adds what it counts to `found`.

    What a layer with a rule calls in turn is part of its own number.
    """
    call = layer.call
    rule = counting_rules.find(layer, mode)

    @functools.wraps(call)
    def spied(*args, **kwargs):
        before = len(found)
        outputs = call(*args, **kwargs)
        if rule is None:
            found.extend(_kernel_without_rule(layer))
        else:
            del found[before:]
            found.append(_apply(rule, layer, (args, kwargs), outputs))
        return outputs

    return spied
