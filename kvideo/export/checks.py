"""What a network and its card must be before anything is written."""

import keras


def check_network(model, card):
    """Raises `ValueError` unless `model` is a clip classifier fit for `card`.

    Asked for: the TensorFlow backend, one input (B, T, H, W, 3) with fixed T,
    H and W, one output (B, classes) that ends in probabilities, and as many
    classes as the card has names.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Export needs the TensorFlow backend. Set KERAS_BACKEND=tensorflow "
            "and load the weights there. "
            f"Received: KERAS_BACKEND={keras.backend.backend()}"
        )
    _check_input(model)
    _check_output(model, card)


def _check_input(model):
    # Keras has no such attribute before a model is built.
    inputs = getattr(model, "inputs", None) or ()
    shapes = [tuple(tensor.shape) for tensor in inputs]
    if len(shapes) != 1 or len(shapes[0]) != 5 or None in shapes[0][1:]:
        raise ValueError(
            "Export expects a built network with one input (B, T, H, W, C) in "
            "which only B is open; give the network an `input_shape`. "
            f"Received: inputs={shapes}"
        )


def _check_output(model, card):
    shapes = [tuple(tensor.shape) for tensor in model.outputs]
    classes = len(card.class_names)
    if len(shapes) != 1 or shapes[0][1:] != (classes,):
        raise ValueError(
            f"The card names {classes} classes, so the network's one output "
            f"must be (B, {classes}). Received: outputs={shapes}"
        )
    last = model.layers[-1]
    if getattr(last, "activation", None) is keras.activations.linear:
        raise ValueError(
            "The network ends in logits, and an artefact returns "
            "probabilities. Build it with `classifier_activation='softmax'`. "
            f"Received: layer '{last.name}' without an activation"
        )
