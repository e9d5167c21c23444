"""The weights of a plain network for one that has it inside, by their names.

A TSM goes into the backbone of DAN, RNL or CIDC, and into each pathway of BQN,
because their steps have the same names: `res3_block1_conv2`, or
`busy_res3_block1_conv2`. What is new there starts as without the file.
"""

import os
import re
import tempfile

import h5py

from kvideo.applications.layer_names import layers_of_file
from kvideo.applications.roles import backbones
from kvideo.applications.transfer import inflate, over_flow

_BLOCK = re.compile(r"(.*res\d+_block\d+|.*block\d+_\d+)_.*")
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
    with tempfile.TemporaryDirectory() as folder:
        # Keras knows best where in a file each weight is: ours, overwritten.
        copy = os.path.join(folder, "mixed.weights.h5")
        model.save_weights(copy)
        with h5py.File(path, "r") as file, h5py.File(copy, "r+") as ours:
            names = _overwrite(ours, _given(file), backbones(model))
        if names:
            model.load_weights(copy)
    return {
        weight.path
        for layer in model.layers
        if layer.name in names
        for weight in layer.weights
    }


def _given(file):
    """Layers of a file to their arrays by place, without classifiers."""
    found = {name: _arrays(group) for name, group in layers_of_file(file)}
    return {
        name: {place: item[()] for place, item in arrays.items()}
        for name, arrays in found.items()
        if arrays and not name.endswith("logits")
    }


def _arrays(group):
    found = {}

    def visit(place, item):
        if isinstance(item, h5py.Dataset) and "seed_generator" not in place:
            found[place] = item

    group.visititems(visit)
    return found


def _overwrite(ours, given, prefixes):
    """Writes what fits into our file; returns the names of these layers."""
    own = {name: _arrays(group) for name, group in layers_of_file(ours)}
    least = LEAST * sum(map(_size, given.values()))
    taken = set()
    for prefix in dict.fromkeys(["", *prefixes]):
        fitted = _fitting(own, prefix, given)
        if not fitted or sum(map(_size, fitted.values())) < least:
            continue
        for name, arrays in fitted.items():
            for place, array in arrays.items():
                own[name][place][...] = array
        taken |= set(fitted)
    return taken


def _size(arrays):
    return sum(array.size for array in arrays.values())


def _fitting(own, prefix, given):
    """Names of our layers to their new arrays; none for other blocks."""
    ours = {
        name.removeprefix(prefix): name
        for name in own
        if name.startswith(prefix)
    }
    blocks = _blocks(given)
    if not blocks or _blocks(ours) != blocks:
        return {}
    fitted = {
        ours[name]: _shaped(arrays, own[ours[name]])
        for name, arrays in given.items()
        if name in ours
    }
    return {name: arrays for name, arrays in fitted.items() if arrays}


def _blocks(names):
    """The residual blocks that layers are of."""
    return {match[1] for name in names if (match := _BLOCK.fullmatch(name))}


def _shaped(arrays, own):
    """Arrays in the shapes of ours; none where one does not fit."""
    if arrays.keys() != own.keys():
        return {}
    shaped = {
        place: _as(array, own[place].shape) for place, array in arrays.items()
    }
    fits = all(shaped[place].shape == own[place].shape for place in own)
    return shaped if fits else {}


def _as(array, shape):
    """An array in a shape, where there is a way."""
    if array.ndim != len(shape) or array.ndim != 5:
        return array
    # Files of half precision, such as the package's, would be rounded again.
    array = array.astype("float32")
    if array.shape[-2] == 3 and shape[-2] == 2:
        array = over_flow(array)
    if array.shape[0] == 1 and array.shape[1:] == shape[1:]:
        return inflate(array[0], shape)
    return array
