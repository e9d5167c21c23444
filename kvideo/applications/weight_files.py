"""What is in a weight file, and whether a network takes it."""

import contextlib
import io
import json
import math
import os
import shutil
import tempfile
import zipfile
from collections import Counter

import h5py

from kvideo import bounds

H5_SUFFIX = ".weights.h5"


def check_fit(model, path):
    """Raise a ValueError unless a file holds just the model's weights."""
    found = shapes_in(path)
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
            f"Build with classes={theirs}, or with weights=None and then "
            "`kvideo.load_backbone_weights(model, path)`, which loads all "
            "but the classifier."
        )
    else:
        message += _difference(missing, extra, expected, found)
    raise ValueError(message + _from_card(path))


def backbone_difference(model, path, heads):
    """How a file differs from a model in more than the classifier.

    Args:
        model: A built `keras.Model`.
        path: The file.
        heads: The model's classifiers, a list of layers; may be empty.

    Returns:
        The sentences of an error, or None.
    Raises:
        ValueError: If it is no such file at all.
    """
    found = shapes_in(path)
    if found is None:
        raise ValueError(
            "Expected a .weights.h5 or .keras file of Keras 3. Received: "
            f"{path}, which Keras 2 wrote."
        )
    ours = Counter(tuple(w.shape) for head in heads for w in head.weights)
    expected = Counter(tuple(w.shape) for w in model.weights) - ours
    missing, theirs = expected - found, found - expected
    if not missing and _is_classifier(theirs, ours):
        return None
    return (
        f"{path} does not hold the weights of {model.name} without its "
        "classifier, nor those of a plain network inside it. "
        + _difference(missing, theirs, expected, found)
        + _from_card(path)
    )


def shapes_in(path):
    """Shapes of all weights in a file, counted; None for Keras 2's format."""
    try:
        with _opened(path) as file:
            if "layer_names" in file.attrs or "model_weights" in file:
                return None
            shapes, sizes = [], []
            file.visititems(lambda _, item: sizes.append(bytes_of(item)))
            bounds.check_unpacked(path, sum(sizes))
            file.visititems(lambda name, item: _collect(name, item, shapes))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"Expected a .weights.h5 or .keras file. Received: {path}, which "
            f"cannot be read: {error}"
        ) from error
    return Counter(shapes)


@contextlib.contextmanager
def as_h5(path):
    """The path of a `.weights.h5` file, taken out of a `.keras` file."""
    if not str(path).endswith(".keras"):
        yield path
        return
    bounds.check_archive(path)
    with tempfile.TemporaryDirectory() as folder:
        part = os.path.join(folder, f"model{H5_SUFFIX}")
        with (
            zipfile.ZipFile(path) as archive,
            archive.open(f"model{H5_SUFFIX}") as inner,
            open(part, "wb") as outer,
        ):
            shutil.copyfileobj(inner, outer)
        yield part


def _opened(path):
    if str(path).endswith(".keras"):
        bounds.check_archive(path)
        with zipfile.ZipFile(path) as archive:
            path = io.BytesIO(archive.read(f"model{H5_SUFFIX}"))
    return h5py.File(path, "r")


def bytes_of(item):
    """What a part of an HDF5 file takes in memory; 0 for groups."""
    if not isinstance(item, h5py.Dataset) or item.shape is None:
        return 0
    return math.prod(item.shape) * item.dtype.itemsize


def _collect(name, item, shapes):
    if not isinstance(item, h5py.Dataset):
        return
    if name.startswith("optimizer") or "seed_generator" in name:
        return
    shapes.append(tuple(item.shape))


def _classes_that_differ(missing, extra):
    """(Ours, the file's), if only classifiers differ."""
    ours, theirs = (_ends(shapes) for shapes in (missing, extra))
    if len(ours) == len(theirs) == 1 and _starts(missing) == _starts(extra):
        return ours.pop(), theirs.pop()
    return None


def _is_classifier(theirs, ours):
    """Whether what is left of a file is a classifier.

    Next to a classifier of ours it differs in the classes alone; without one
    it is made of kernels and biases that end in one number of classes.
    """
    if ours:
        return len(_ends(theirs)) == 1 and _starts(theirs) == _starts(ours)
    return len(_ends(theirs)) <= 1 and all(len(shape) < 3 for shape in theirs)


def _ends(shapes):
    return {shape[-1] for shape in shapes}


def _starts(shapes):
    return sorted((len(shape), shape[:-1]) for shape in shapes.elements())


def _difference(missing, extra, expected, found):
    return (
        f"Expected {_describe(expected)}; received {_describe(found)}. "
        f"Not in the file: {_first(missing)}; only in the file: "
        f"{_first(extra)}. Give the variant and the options with which "
        "the file was saved."
    )


def _describe(shapes):
    total = sum(math.prod(s) * n for s, n in shapes.items())
    return f"{sum(shapes.values())} weights with {total:,} numbers"


def _first(shapes, most=3):
    listed = [str(shape) for shape in list(shapes)[:most]]
    return ", ".join(listed) + (", ..." if len(shapes) > most else "") or "none"


def _from_card(path):
    """How the card beside a converted file says that its network is made."""
    path = str(path)
    beside = path.removesuffix(H5_SUFFIX).removesuffix(".keras") + ".card.json"
    try:
        with open(beside, encoding="utf-8") as file:
            card = json.load(file)
        options = {"classes": len(card["class_names"]), **card["overrides"]}
        text = ", ".join(f"{key}={value!r}" for key, value in options.items())
        return f" Its card says: create_model({card['model']!r}, {text})."
    except (OSError, ValueError, KeyError, TypeError):
        return ""
