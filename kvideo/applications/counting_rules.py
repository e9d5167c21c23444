"""How many multiply-accumulates one call of one layer makes: arithmetic only.

Two ways of counting, by name:

- `"macs"`: multiplications of convolutions, dense layers, recurrent cells and
  matrix products. This is what "FLOPs" means in most of the papers.
- `"hooks"`: what a counter made of PyTorch module hooks sees (Zhu, THOP, 2018
  on: github.com/Lyken17/pytorch-OpCounter), which Huang's thesis quotes.
  Convolutions (one more for each output value where there is a bias), dense
  layers, two for each value that a batch normalisation takes, averages over
  whole axes as (window + 1) for each output value, other averages as 1.
  A matrix product that no module owns, as in attention, counts nothing;
  neither do resizing, activations and maximum pooling.

Deviation: the thesis' band-pass modules are functional convolutions, which
hooks would miss, but only with them do its figures come out; they count as
what the thesis runs (see `MotionBandPass.count_hooks`).

A rule takes a layer, the shapes of its inputs (one tuple, or a list of them)
and the shape of its output, and returns a number for as many clips as the
shapes say; None means that nobody knows.
"""

from math import prod

import keras
from keras import layers

from kvideo.layers import AveragePool3D, FramePool

MODES = ("macs", "hooks")


def find(layer, mode):
    """The rule for a layer, or None: it is the sum of its sublayers.

    In this order: the layer's own `count_macs` or `count_hooks`; the table of
    Keras' layers; its sublayers; for `"hooks"`, `count_macs`, since a layer
    that multiplies by kernels of its own stands for a convolution.
    """
    if not isinstance(layer, keras.layers.Layer):
        return _operation_rule(layer, mode)
    if hasattr(layer, f"count_{mode}"):
        return _own(f"count_{mode}")
    for kinds, rule in TABLES[mode]:
        if isinstance(layer, kinds):
            return rule
    if sublayers(layer):
        return None
    if hasattr(layer, "count_macs"):
        return _own("count_macs")
    return unknown if has_kernel(layer) else nothing


def sublayers(layer):
    """All layers inside a layer, at any depth."""
    return list(layer._flatten_layers(include_self=False))


def has_kernel(layer):
    """Whether a weight of the layer itself, not of a sublayer, has two axes
    or more, as kernels have; a table that is looked up is none."""
    inside = {id(w) for part in sublayers(layer) for w in part.weights}
    return not isinstance(layer, layers.Embedding) and any(
        len(w.shape) > 1 and id(w) not in inside for w in layer.weights
    )


def unknown(layer, inputs, output):
    """Of layers that multiply in a way that nobody has written down."""
    return None


def nothing(layer, inputs, output):
    """Of layers that multiply no matrices."""
    return 0


def _own(method):
    return lambda layer, inputs, output: getattr(layer, method)(inputs, output)


def _dense(layer, inputs, output):
    return prod(output) * layer.kernel.shape[0]


def _einsum_dense(layer, inputs, output):
    """Each input value meets the kernel along the labels that it lacks."""
    taken, labels = layer.equation.split("->")[0].split(",")
    sizes = zip(labels, layer.kernel.shape, strict=True)
    return prod(inputs) * prod(n for label, n in sizes if label not in taken)


def _conv(layer, inputs, output):
    # The kernel is (..., channels / groups, filters): right for any groups.
    return prod(output) * prod(layer.kernel.shape[:-1])


def _depthwise_conv(layer, inputs, output):
    return prod(output) * prod(layer.kernel.shape[:-2])


def _separable_conv(layer, inputs, output):
    *_, mixed, filters = layer.pointwise_kernel.shape
    depthwise = prod(layer.depthwise_kernel.shape)
    return prod(output) // filters * (depthwise + mixed * filters)


def _transposed_conv(layer, inputs, output):
    # The kernel is (..., filters, channels); each input value meets it.
    return prod(inputs) * prod(layer.kernel.shape[:-1])


def _recurrent(layer, inputs, output):
    """Input (B, T, C): both kernels once a time step."""
    inputs = inputs[0] if isinstance(inputs, list) else inputs
    cell = layer.cell
    kernels = prod(cell.kernel.shape) + prod(cell.recurrent_kernel.shape)
    return inputs[0] * inputs[1] * kernels


def _attention(layer, inputs, output):
    """Four projections; scores and their weighted sum of the values."""
    query, value, *key = inputs
    projected = (
        (query, layer.query_dense),
        (value, layer.value_dense),
        (key[0] if key else value, layer.key_dense),
        (query, layer.output_dense),
    )
    projections = sum(
        prod(shape[:-1]) * prod(dense.kernel.shape)
        for shape, dense in projected
    )
    *_, heads, key_width = layer.key_dense.kernel.shape
    value_width = layer.value_dense.kernel.shape[-1]
    attended = prod(value[axis] for axis in layer._attention_axes)
    pairs = prod(query[:-1]) * attended * heads
    return projections + pairs * (key_width + value_width)


def _matmul(operation, inputs, output):
    return prod(output) * inputs[0][-1]


def _biased(rule):
    """One more for each output value of a layer that has a bias."""
    return lambda layer, inputs, output: (
        rule(layer, inputs, output) + prod(output) * layer.use_bias
    )


def _batch_norm(layer, inputs, output):
    return 2 * prod(output)


def _global_average(layer, inputs, output):
    return prod(inputs) + prod(output)


def _average(layer, inputs, output):
    return prod(output)


_CONVS = (layers.Conv1D, layers.Conv2D, layers.Conv3D)
_DEPTHWISE = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
_CELLS = (layers.SimpleRNN, layers.GRU, layers.LSTM)
TABLES = {
    "macs": (
        (layers.Dense, _dense),
        (layers.EinsumDense, _einsum_dense),
        (_CONVS, _conv),
        (_DEPTHWISE, _depthwise_conv),
        ((layers.SeparableConv1D, layers.SeparableConv2D), _separable_conv),
        (
            (
                layers.Conv1DTranspose,
                layers.Conv2DTranspose,
                layers.Conv3DTranspose,
            ),
            _transposed_conv,
        ),
        (_CELLS, _recurrent),
        (layers.MultiHeadAttention, _attention),
        (
            (
                layers.RNN,
                layers.Dot,
                layers.Attention,
                layers.GroupQueryAttention,
            ),
            unknown,
        ),
    ),
    "hooks": (
        (layers.Dense, _dense),
        (layers.EinsumDense, _einsum_dense),
        (_CONVS, _biased(_conv)),
        (_DEPTHWISE, _biased(_depthwise_conv)),
        (layers.BatchNormalization, _batch_norm),
        (
            (
                layers.GlobalAveragePooling1D,
                layers.GlobalAveragePooling2D,
                layers.GlobalAveragePooling3D,
                FramePool,
            ),
            _global_average,
        ),
        (
            (
                layers.AveragePooling1D,
                layers.AveragePooling2D,
                layers.AveragePooling3D,
                AveragePool3D,
            ),
            _average,
        ),
        # Cells are called once a time step; hooks on them are another tool.
        (layers.RNN, unknown),
    ),
}
_MULTIPLYING_OPERATIONS = {
    "Conv",
    "ConvTranspose",
    "DepthwiseConv",
    "Dot",
    "DotProductAttention",
    "Einsum",
    "Inner",
    "SeparableConv",
    "Tensordot",
    "Vdot",
}


def _operation_rule(operation, mode):
    """Of a `keras.ops` function that stands in a functional model itself."""
    kind = type(operation).__name__
    if mode == "hooks":
        return nothing
    if kind == "Matmul":
        return _matmul
    return unknown if kind in _MULTIPLYING_OPERATIONS else nothing
