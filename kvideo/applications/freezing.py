"""Fine-tuning the classifier alone."""

from kvideo.applications.weights import classifiers


def freeze_backbone(model):
    """Freezes all of a network but its classifiers; compile afterwards.

    Frozen normalisation keeps its statistics. `model.layers[-1]` would not do:
    what makes the classes is not always the last layer, and Busy-Quiet nets on
    X3D have two of them.

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
