"""Loading weight files, all of them or an error.

Keras 3 loads what it finds in a `.weights.h5` file and leaves the rest of the
network random, with a warning at most. Here the weights of the file and of
the network are compared first.
"""

import io
import math
import os
import zipfile
from collections import Counter

import h5py
import keras


def load_weights(model, weights):
    """Load `weights` into `model`; None leaves it random.

    Args:
        model: A built `keras.Model`.
        weights: None, or the path of a `.weights.h5` or `.keras` file.

    Raises:
        ValueError: If there is no such file, or it is of another network or
            another number of classes.
    """
    if weights is None:
        return model
    if not os.path.isfile(weights):
        raise ValueError(
            "`weights` must be None, the path of a .weights.h5 or .keras "
            "file, or 'imagenet' for networks on a backbone of "
            f"keras.applications ({model.name} is none). No such file. "
            f"Received: weights={str(weights)!r}."
        )
    check_fit(model, weights)
    if str(weights).endswith(".keras"):
        # The optimizer of a training may be of a room above this one.
        source = keras.saving.load_model(weights, compile=False)
        model.set_weights(source.get_weights())
    else:
        model.load_weights(weights)
    return model


def check_fit(model, path):
    """Raise a ValueError unless a file holds just the model's weights."""
    found = _shapes_in(path)
    expected = Counter(tuple(w.shape) for w in model.weights)
    if found is None or found == expected:
        return
    missing, extra = expected - found, found - expected
    message = f"{path} does not hold the weights of {model.name}. "
    classes = _classes_that_differ(missing, extra)
    if classes:
        ours, theirs = classes
        message += (
            f"Its classifier has {theirs} classes. Received: classes={ours}. "
            f"Build with classes={theirs}, or with include_top=False."
        )
    else:
        message += (
            f"Expected {_describe(expected)}; received {_describe(found)}. "
            f"Not in the file: {_first(missing)}; only in the file: "
            f"{_first(extra)}. Give the variant and the options with which "
            "the file was saved."
        )
    raise ValueError(message)


def _shapes_in(path):
    """Shapes of all weights in a file, counted; None for Keras 2's format."""
    try:
        if str(path).endswith(".keras"):
            with zipfile.ZipFile(path) as archive:
                content = io.BytesIO(archive.read("model.weights.h5"))
        else:
            content = path
        with h5py.File(content, "r") as file:
            if "layer_names" in file.attrs or "model_weights" in file:
                return None
            shapes = []
            file.visititems(lambda name, item: _collect(name, item, shapes))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"Expected a .weights.h5 or .keras file. Received: {path}, which "
            f"cannot be read: {error}"
        ) from error
    return Counter(shapes)


def _collect(name, item, shapes):
    if not isinstance(item, h5py.Dataset):
        return
    if name.startswith("optimizer") or "seed_generator" in name:
        return
    shapes.append(tuple(item.shape))


def _classes_that_differ(missing, extra):
    """(Ours, the file's), if only classifiers differ."""
    ours, theirs = (
        {shape[-1] for shape in shapes} for shapes in (missing, extra)
    )
    kinds = [
        sorted((len(shape), shape[:-1]) for shape in shapes.elements())
        for shapes in (missing, extra)
    ]
    if len(ours) == len(theirs) == 1 and kinds[0] == kinds[1]:
        return ours.pop(), theirs.pop()
    return None


def _describe(shapes):
    total = sum(math.prod(s) * n for s, n in shapes.items())
    return f"{sum(shapes.values())} weights with {total:,} numbers"


def _first(shapes, most=3):
    listed = [str(shape) for shape in list(shapes)[:most]]
    return ", ".join(listed) + (", ..." if len(shapes) > most else "") or "none"
