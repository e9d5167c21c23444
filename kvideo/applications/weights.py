"""Loading weight files, all of them or an error.

Keras 3 loads what it finds in a `.weights.h5` file and leaves the rest of the
network random, with a warning at most. Here the weights of the file and of
the network are compared first.
"""

import os

import keras

from kvideo.applications.layer_names import assign_by_name, in_order
from kvideo.applications.motion_weights import motion_card, motion_file
from kvideo.applications.registry import unknown_name
from kvideo.applications.weight_files import as_h5, check_backbone, check_fit
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
    classes as there are in `kvideo.data.class_names("motion")`.

    Args:
        model: A built network of the registry under its own name.

    Raises:
        ValueError: There are none for it, or they do not fit.
    """
    path, card = motion_file(model.name), motion_card(model.name)
    if classifiers(model) and model.output_shape[-1] == len(card["classes"]):
        return load_weights(model, path)
    load_backbone_weights(model, path)
    return model


def load_backbone_weights(model, weights):
    """Load all weights but those of the classifier.

    For fine-tuning: build the network with your number of classes and
    `weights=None`, or with `include_top=False`, and load the file of one
    that was trained on others. Frames may have another size or number, too,
    where no weight depends on it.

    Args:
        model: A built `keras.Model`. Its classifiers are the dense layers
            called `logits` or `..._logits`, as in this package; without one,
            the last dense layer that ends in the model's outputs.
        weights: As in `load_weights`.

    Returns:
        What was not loaded: the paths of the classifier's weights, which
        stay as they are. Empty if the model has none.

    Raises:
        ValueError: If there is no such file, or it differs in more than the
            classifier. The model may then be loaded in part.
    """
    path = find_file(weights)
    heads = classifiers(model)
    check_backbone(model, path, heads)
    optimizer = getattr(model, "optimizer", None)
    skipped = heads if optimizer is None else [*heads, optimizer]
    with as_h5(path) as whole, in_order(model, whole) as file:
        model.load_weights(file, objects_to_skip=skipped)
    return [weight.path for head in heads for weight in head.weights]


def classifiers(model):
    """The dense layers that end in classes, see `load_backbone_weights`."""
    dense = [
        layer
        for layer in model._flatten_layers(include_self=False)
        if isinstance(layer, keras.layers.Dense)
    ]
    named = [x for x in dense if x.name.rpartition("_")[2] == "logits"]
    ends = [x for x in dense if x.units == model.output_shape[-1]]
    return named or ends[-1:]


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
