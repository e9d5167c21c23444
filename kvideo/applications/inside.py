"""The weights of a plain network for one that has it inside, by their names.

A TSM goes into the backbone of DAN, RNL or CIDC, and into each pathway of BQN,
because their steps have the same names: `res3_block1_conv2`, or
`busy_res3_block1_conv2`. What is new there starts as without the file.
"""

import re

import h5py
import numpy as np

from kvideo.applications.roles import backbones
from kvideo.applications.transfer import inflate, over_flow

_BLOCK = re.compile(r"(res\d+_block\d+|block\d+_\d+)_.*")
# A file of which less than that goes in is one of another network.
LEAST = 0.5


def load(model, path):
    """Give each backbone of a network the weights of a plain one.

    A layer takes those of its name, if their shapes are its own; a kernel of
    single frames goes into one of several, and one of RGB into one of optical
    flow, as ImageNet's do (`transfer.py`).

    Args:
        model: A built `keras.Model`.
        path: A `.weights.h5` file.

    Returns:
        Set of the paths of the weights that were taken; empty if the file is
        of another network: other residual blocks, or less than half fits.
    """
    found = _layers_in(path)
    least = LEAST * sum(map(_size, found.values()))
    taken = set()
    for prefix in dict.fromkeys(["", *backbones(model)]):
        pairs = _pairs(model, prefix, found)
        if not pairs or sum(_size(arrays) for _, arrays in pairs) < least:
            continue
        for layer, arrays in pairs:
            layer.set_weights(arrays)
            taken |= {weight.path for weight in layer.weights}
    return taken


def _size(arrays):
    return sum(array.size for array in arrays)


def _layers_in(path):
    """Name of each layer of a file, classifiers left out, to its arrays."""
    found = {}
    with h5py.File(path, "r") as file:
        for place in file.get("layers", {}).values():
            arrays = place.get("vars", {})
            name = getattr(arrays, "attrs", {}).get("name", "")
            if len(arrays) and not name.endswith("logits"):
                found[name] = [arrays[str(i)][()] for i in range(len(arrays))]
    return found


def _pairs(model, prefix, found):
    """Pairs of a layer and its new arrays; none for other residual blocks."""
    ours = {
        layer.name.removeprefix(prefix): layer
        for layer in model.layers
        if layer.name.startswith(prefix) and layer.weights
    }
    blocks = _blocks(found)
    if not blocks or _blocks(ours) != blocks:
        return []
    fitted = [
        (ours[name], _fitted(arrays, ours[name].weights))
        for name, arrays in found.items()
        if name in ours
    ]
    return [(layer, arrays) for layer, arrays in fitted if arrays is not None]


def _blocks(names):
    """The residual blocks that layers are of."""
    return {match[1] for name in names if (match := _BLOCK.fullmatch(name))}


def _fitted(arrays, weights):
    """Arrays in the shapes of weights; None where one does not fit."""
    if len(arrays) != len(weights):
        return None
    fitted = [
        _as(array, tuple(weight.shape))
        for array, weight in zip(arrays, weights, strict=True)
    ]
    return None if any(array is None for array in fitted) else fitted


def _as(array, shape):
    if array.shape == shape:
        return array
    if len(shape) != 5 or array.ndim != 5:
        return None
    if array.shape[-2] == 3 and shape[-2] == 2:
        array = over_flow(array)
    if array.shape[0] == 1 and array.shape[1:] == shape[1:]:
        return np.array(inflate(array[0], shape))
    return array if array.shape == shape else None
