"""Weights go to the layer of their name, in whatever order a file has them.

Keras numbers the layers of a file by their order in the network, which may
depend on the size of the clips that it was built for. Their names, which the
file holds too, do not.
"""

import collections
import contextlib
import os
import re
import tempfile

import h5py


@contextlib.contextmanager
def in_order(model, path):
    """The path of a file whose layers are numbered as those of a network.

    Args:
        model: A built `keras.Model`.
        path: A `.weights.h5` file.

    Yields:
        The path, or that of a copy.
    """
    moves = _moves(model, path)
    if not moves:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "ordered.weights.h5")
        with h5py.File(path, "r") as old, h5py.File(copy, "w") as new:
            _copy(old, new, moves)
        yield copy


def assign_by_name(model, source):
    """Gives a network the weights of another one, layer by layer.

    Args:
        model, source: Built `keras.Model`s. Where their layers have other
            names, the weights are taken in their order.
    """
    ours = {weight.path: weight for weight in model.weights}
    theirs = {weight.path: weight for weight in source.weights}
    if ours.keys() != theirs.keys() or len(ours) < len(model.weights):
        model.set_weights(source.get_weights())
        return
    for path, weight in ours.items():
        weight.assign(theirs[path])


def abbreviated(path):
    """A weight's layer, its place left out.

    `"res3_block1_conv2/t/kernel"` is `"res*_block*_conv2/t"`, whichever
    block it is of.
    """
    *layers, _ = path.split("/")
    steps = re.sub(r"(res|block|lateral|unit|link|cidc)\d+", r"\1*", layers[0])
    return "/".join([steps, *layers[1:]])


def layers_of_file(file):
    """Yields the name of each layer and its group, where a file has names."""
    for group in file.get("layers", {}).values():
        attributes = group.get("vars", group).attrs
        if "name" in attributes:
            yield attributes["name"], group


def _moves(model, path):
    """Places in the file to places in the network; empty if they agree."""
    wanted = places(model)
    with h5py.File(path, "r") as file:
        found = {
            group.name.rpartition("/")[2]: name
            for name, group in layers_of_file(file)
        }
    found = {place: name for place, name in found.items() if name in wanted}
    moves = {place: wanted[name] for place, name in found.items()}
    agree = all(old == new for old, new in moves.items())
    return {} if agree or len(set(moves.values())) < len(moves) else moves


def places(model):
    """Name of each layer to what Keras calls it in a file."""
    counts, found = collections.Counter(), {}
    for layer in model.layers:
        kind = re.sub(r"\W+", "", type(layer).__name__)
        kind = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)
        kind = re.sub("([a-z])([A-Z])", r"\1_\2", kind).lower()
        number = f"_{counts[kind]}" if counts[kind] else ""
        found[layer.name] = kind + number
        counts[kind] += 1
    return found


def _copy(old, new, moves):
    for part in old:
        if part != "layers":
            old.copy(part, new)
    layers = new.create_group("layers")
    for place in old["layers"]:
        target = moves.get(place, None)
        if target is not None:
            old.copy(old["layers"][place], layers, name=target)
