"""The weights that a run begins with, from a network of other classes."""

from pathlib import Path

import keras


def start_from(model, path):
    """Gives a network the weights of another, but for the classifier.

    The other is of the same builder and options, and may have been trained
    with other classes, frame sizes or numbers of frames. Where the numbers of
    classes differ, the classifier stays as it is.

    Args:
        model: A built `keras.Model`.
        path: A `.keras` file, such as that of another run.

    Raises:
        FileNotFoundError: No such file.
        ValueError: It is of another network.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"There is no network to start from at '{path}'. Train it first, "
            "or begin without `weights_from`."
        )
    other = keras.saving.load_model(path, compile=False)
    pairs = list(zip(model.weights, other.weights, strict=False))
    heads = _classifier_paths(model)
    differ = [
        (ours.path, tuple(ours.shape), tuple(theirs.shape))
        for ours, theirs in pairs
        if ours.shape != theirs.shape and ours.path not in heads
    ]
    if differ or len(model.weights) != len(other.weights):
        raise ValueError(
            f"'{path}' is of another network than {model.name}. Expected "
            f"{len(model.weights)} weights; received {len(other.weights)}, "
            f"and other shapes of (path, ours, theirs) {differ[:3]}."
        )
    for ours, theirs in pairs:
        if ours.shape == theirs.shape:
            ours.assign(theirs)


def _classifier_paths(model):
    """Paths of the weights of dense layers that have the model's classes."""
    return {
        weight.path
        for layer in model._flatten_layers(include_self=False)
        if isinstance(layer, keras.layers.Dense)
        and layer.units == model.output_shape[-1]
        for weight in layer.weights
    }
