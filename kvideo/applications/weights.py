"""Loading weight files, all of them or an error.

Keras 3 loads what it finds in a `.weights.h5` file and leaves the rest of the
network random, with a warning at most. Here the weights of the file and of
the network are compared first.
"""

import os

import keras

from kvideo.applications import inside
from kvideo.applications.layer_names import (
    abbreviated,
    assign_by_name,
    in_order,
)
from kvideo.applications.motion_weights import motion_card, motion_file
from kvideo.applications.pixel_units import check_units
from kvideo.applications.registry import unknown_name
from kvideo.applications.roles import classifiers
from kvideo.applications.weight_files import (
    as_h5,
    backbone_difference,
    check_fit,
)
from kvideo.applications.weights_table import cached_file, releases


def load_weights(model, weights):
    """Load `weights` into `model`; None leaves it random.

    Args:
        model: A built `keras.Model`.
        weights: None, the path of a `.weights.h5` or `.keras` file, a name
            of `kvideo.list_weights()` that has been downloaded, or
            `"motion"`, see `load_motion`.

    Raises:
        ValueError: If there is no such file, or it is of another network or
            another number of classes.
    """
    if weights is None:
        return model
    if weights == "motion":
        return load_motion(model)
    path = find_file(weights)
    check_fit(model, path)
    check_units(model, path)
    if str(path).endswith(".keras"):
        # The optimizer of a training may be of a room above this one.
        source = keras.saving.load_model(path, compile=False)
        assign_by_name(model, source)
    else:
        with in_order(model, path) as file:
            model.load_weights(file)
    return model


def load_motion(model):
    """Load the weights of the package that have learnt to see motion.

    All but the classifier, and that, too, where the network has as many
    classes as there are in `kvideo.data.class_names("motion")`. Optical flow
    takes the mean of the first kernels over RGB (`transfer.py`).

    Args:
        model: A built network of the registry under its own name.

    Raises:
        ValueError: There are none for it, or they do not fit.
    """
    path, card = motion_file(model.name), motion_card(model.name)
    whole = classifiers(model) and model.input_shape[-1] == 3
    if whole and model.output_shape[-1] == len(card["classes"]):
        return load_weights(model, path)
    heads = {weight.path for x in classifiers(model) for weight in x.weights}
    left = load_backbone_weights(model, path)
    new = dict.fromkeys(abbreviated(x) for x in left if x not in heads)
    if new and model.input_shape[-1] == 3:
        raise ValueError(
            f"weights='motion' is there for {model.name} without other "
            "arguments. Received: one with other weights in "
            f"{', '.join(new)}. Leave these arguments out, or load what fits "
            "by `kvideo.load_backbone_weights`."
        )
    return model


def load_backbone_weights(model, weights):
    """Load all weights but those of the classifier.

    For fine-tuning: build the network with your number of classes and
    `weights=None`, or with `include_top=False`, and load the file of one
    that was trained on others. Frames may have another size or number, too,
    where no weight depends on it.

    The file may also be that of a plain network which this one has inside: a
    TSM for DAN, RNL, CIDC or both pathways of BQN, an X3D for theirs, a
    network of frames for one of clips, one of RGB for optical flow. Layers of
    the same names take them then (`kvideo/applications/inside.py`).

    Args:
        model: A built `keras.Model`. Its classifiers are those of
            `kvideo.applications.roles`.
        weights: As in `load_weights`.

    Returns:
        What was not loaded: the paths of the weights that stay as they are.
        Those of the classifier, and of what the file's network lacks.

    Raises:
        ValueError: If there is no such file, it is of another network, or
            that takes pixels in another unit (`pixel_units.py`).
    """
    path = find_file(weights)
    heads = classifiers(model)
    difference = backbone_difference(model, path, heads)
    check_units(model, path)
    with as_h5(path) as whole:
        if difference is None:
            _load_equal(model, whole, heads)
            return [weight.path for head in heads for weight in head.weights]
        taken = inside.load(model, whole)
    if not taken:
        raise ValueError(difference)
    return [w.path for w in model.weights if w.path not in taken]


def _load_equal(model, path, heads):
    optimizer = getattr(model, "optimizer", None)
    skipped = heads if optimizer is None else [*heads, optimizer]
    with in_order(model, path) as file:
        model.load_weights(file, objects_to_skip=skipped)


def find_file(weights):
    """The file that the argument `weights` of a network means.

    Raises:
        ValueError: If it is none, or is a name that is not downloaded yet.
    """
    if os.path.isfile(weights):
        return weights
    name = str(weights)
    if name not in releases():
        unknown = unknown_name("weights", name, releases())
        raise ValueError(
            "`weights` must be None, the path of a .weights.h5 or .keras "
            "file, a name of `kvideo.list_weights()`, 'motion', or 'imagenet' "
            "for networks on a backbone of keras.applications. No such file. "
            f"{unknown} Received: weights={name!r}."
        )
    path = cached_file(name)
    if not os.path.isfile(path):
        raise ValueError(
            f"The weights {name!r} are not on this machine yet. Run `kvideo "
            f"download {name}`, or kvideo.download_weights({name!r}): it "
            "downloads and converts them, once."
        )
    return path
