"""The weights in the file of a whole Keras model, by the names of its layers.

Only numbers are read: neither the configuration of the model nor code in it.
So the model may have layers of any kind, and contain the network that is
looked for as one of them.
"""

import io
import re
import zipfile

import h5py
import numpy as np

from kvideo import bounds
from kvideo.applications.weight_files import H5_SUFFIX, bytes_of


def weights_by_layer(path):
    """Name of each layer to the list of its arrays.

    Args:
        path: What `model.save` wrote, `.keras` or `.h5`.

    Returns:
        A dictionary; None where the file is none of a whole model.
    """
    if zipfile.is_zipfile(path):
        bounds.check_archive(path)
        with zipfile.ZipFile(path) as archive:
            inner = io.BytesIO(archive.read(f"model{H5_SUFFIX}"))
        with h5py.File(inner, "r") as file:
            _check_size(path, file)
            return _of_keras(file)
    with h5py.File(path, "r") as file:
        _check_size(path, file)
        if "model_config" not in file.attrs:
            return None
        return _of_h5(file["model_weights"])


def _check_size(path, file):
    sizes = []
    file.visititems(lambda _, item: sizes.append(bytes_of(item)))
    bounds.check_unpacked(path, sum(sizes))


def fill(model, found):
    """Gives a model the weights of its layers.

    Args:
        model: A `keras.Model`.
        found: What `weights_by_layer` returns.

    Raises:
        ValueError: A layer is not there, or is another one.
    """
    renamed = _renumbered([layer.name for layer in model.layers], found)
    for layer in model.layers:
        arrays = found.get(renamed.get(layer.name, layer.name), [])
        shapes = [tuple(weight.shape) for weight in layer.weights]
        if layer.weights and shapes != [array.shape for array in arrays]:
            raise ValueError(
                f"The file has no layer {layer.name!r} with weights of shape "
                f"{shapes}. Received: {[array.shape for array in arrays]}"
            )
        if layer.weights:
            layer.set_weights(arrays)


def _of_keras(file):
    found = {}

    def visit(_, item):
        if isinstance(item, h5py.Group) and "name" in item.attrs and len(item):
            arrays = [item[str(i)][()] for i in range(len(item))]
            found[item.attrs["name"]] = arrays

    file.visititems(visit)
    return found


def _of_h5(file):
    found = {}
    for group in file.values():
        for raw in group.attrs.get("weight_names", ()):
            name = raw.decode() if isinstance(raw, bytes) else raw
            layer = name.split("/")[-2]
            found.setdefault(layer, []).append(np.asarray(group[name]))
    return found


def _renumbered(names, found):
    """Names that Keras has counted on in a process, `conv2d_7`, to others.

    The first of the model is the first of the file, and so on.
    """
    pairs = {}
    for kind in ("conv2d", "batch_normalization"):
        ours, theirs = (
            sorted(
                (n for n in each if re.fullmatch(rf"{kind}(_\d+)?", n)),
                key=lambda name: int(f"0{name[len(kind) + 1 :]}"),
            )
            for each in (names, found)
        )
        if len(ours) == len(theirs):
            pairs |= dict(zip(ours, theirs, strict=True))
    return pairs
