"""What a network and its card must be before anything is written."""

import keras

from kvideo.export.known_card import default_card


def fit_for_export(model, card=None):
    """The network as a functional one, and its card, both checked.

    Args:
        model: A built `keras.Model`, functional, sequential or of a class of
            one's own.
        card: Its `Card`, or None for one of what is known.

    Raises:
        ValueError: See `check_network`.
    """
    model = _functional(model)
    _check_backend()
    _check_input(model)
    card = card or default_card(model)
    check_network(model, card)
    return model, card


def _functional(model):
    """A model of one's own class knows its input once it was built."""
    if getattr(model, "inputs", None) or not model.built:
        return model
    shape = (model.get_build_config() or {}).get("input_shape")
    if shape is None:
        return model
    clips = keras.Input(shape[1:])
    return keras.Model(clips, model(clips), name=model.name)


def check_network(model, card):
    """Raises `ValueError` unless `model` is a clip classifier fit for `card`.

    Asked for: the TensorFlow backend, one input (B, T, H, W, 3) with fixed T,
    H and W, one output (B, classes) that ends in probabilities, and as many
    classes as the card has names.
    """
    _check_backend()
    _check_input(model)
    _check_output(model, card)


def _check_backend():
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Export needs the TensorFlow backend. Set KERAS_BACKEND=tensorflow "
            "and load the weights there. "
            f"Received: KERAS_BACKEND={keras.backend.backend()}"
        )


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
            "probabilities. Build it with `classifier_activation='softmax'`, "
            "or a network of your own with a softmax at its end. "
            f"Received: layer '{last.name}' without an activation"
        )
