"""Fine-tuning the classifier alone, and then all."""

from kvideo.applications.roles import classifiers


def freeze_backbone(model):
    """Freezes all of a network but its classifiers; compile afterwards.

    `unfreeze` undoes it. Frozen normalisation keeps its statistics.
    `model.layers[-1]` would not do: what makes the classes is not always the
    last layer, and Busy-Quiet nets on X3D have two of them.

    Args:
        model: A built `keras.Model`, such as one of kvideo or one of yours
            with such a network inside.

    Returns:
        The classifiers, which stay trainable: see
        `kvideo.load_backbone_weights` for what they are.

    Raises:
        ValueError: The model has none, so nothing would train.
    """
    heads = classifiers(model)
    if not heads:
        raise ValueError(
            f"`{model.name}` has no classifier: no dense layer that ends in "
            f"its {model.output_shape[-1]} outputs. Add one, or set "
            "`model.trainable = False`."
        )
    _freeze(model, {id(head) for head in heads})
    return heads


def unfreeze(model):
    """Lets all of a network train again; compile afterwards.

    `model.trainable = True` does nothing on the TensorFlow backend where the
    model itself was never frozen (Keras 3.15): what is set already is not
    handed down to the layers.

    Args:
        model: A built `keras.Model`.
    """
    for layer in model._flatten_layers():
        layer.trainable = True


def _freeze(layer, heads):
    if id(layer) in heads:
        layer.trainable = True
        return
    inside = layer._flatten_layers(include_self=False)
    if not any(id(part) in heads for part in inside):
        layer.trainable = False
        return
    for part in layer._flatten_layers(include_self=False, recursive=False):
        _freeze(part, heads)
