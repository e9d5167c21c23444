"""Grad-CAM over time and space: which places speak for a class?

Paper: R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra,
"Grad-CAM", ICCV 2017, Eq. 1 and 2, with a third axis, time; Fig. 4.11 of
Huang's thesis. Each channel of a feature map is weighted by the mean of the
gradient of the class's logit over all positions; the sum over channels, where
it is positive, is the map.

Decision, for networks with several last feature maps (two pathways): the maps
are added. Each is multiplied by its number of positions first: what is added
is the share of the logit that comes from an area, however many cells it has.
"""

import keras
import numpy as np

from kvideo.visualize.heat import stretch, to_heat


def gradcam(model, clip, class_index=None, layer=None):
    """Which places of a clip speak for a class.

    Needs the TensorFlow or the PyTorch backend.

    Args:
        model: A functional classifier (B, T, H, W, 3) to (B, classes). Its
            softmax is left out if it is a layer of its own, as in the
            networks of `kvideo.applications`.
        clip: float32 (T, H, W, 3), as the network takes it.
        class_index: The class; None: that of the largest output.
        layer: Name of a layer with one feature map (B, T, H, W, C), or, of
            frames in the batch, (B * T, H, W, C). None: the last feature
            maps before the head that have more than one position a frame.

    Returns:
        float32 array (T, H, W) in [0, 1], at the size of the clip. 1 is the
        largest value there is; all 0 if no place speaks for the class.

    Raises:
        ValueError: For another model, clip, class or layer, or on JAX.
    """
    clip = np.asarray(clip, "float32")
    scores = _scores(model)
    _check(clip, class_index, scores)
    tensors = [_map_of(model, layer)] if layer else _last_maps(scores)
    if not tensors:
        raise ValueError(
            "The network has no feature map (B, T, H, W, C) of more than one "
            f"position before its output. Received: model={model.name!r}."
        )
    inner = keras.Model(model.input, [*tensors, scores])
    pairs = _maps_and_gradients(inner, clip[None], class_index)
    shape = clip.shape[:3]
    return to_heat(sum(stretch(_weigh(*pair), shape) for pair in pairs))


def _check(clip, class_index, scores):
    if clip.ndim != 4:
        raise ValueError(
            "`clip` must be a single clip (T, H, W, 3). Received: "
            f"shape={clip.shape}"
        )
    classes = scores.shape[-1]
    if class_index is not None and not 0 <= class_index < classes:
        raise ValueError(
            f"`class_index` must be None or in 0 to {classes - 1}. Received: "
            f"class_index={class_index}."
        )


def _scores(model):
    """What goes into the last softmax (B, classes)."""
    outputs = getattr(model, "outputs", None) or ()
    if len(outputs) != 1 or len(outputs[0].shape) != 2:
        raise ValueError(
            "Grad-CAM is for a functional classifier with one output "
            f"(B, classes). Received: {model!r}. Build the network with "
            "include_top=True."
        )
    operation, inputs = _made_by(outputs[0])
    if isinstance(operation, keras.layers.Activation | keras.layers.Softmax):
        return inputs[0]
    return outputs[0]


def _made_by(tensor):
    """The operation that a tensor comes from, and what it read."""
    operation, index, _ = tensor._keras_history
    return operation, operation._inbound_nodes[index].input_tensors


def _last_maps(tensor):
    """The feature maps nearest to a tensor, back on every way to it."""
    found, seen, ahead = [], set(), [tensor]
    while ahead:
        x = ahead.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        operation, inputs = _made_by(x)
        if isinstance(operation, keras.layers.InputLayer):
            continue
        if _is_map(x):
            found.append(x)
        else:
            ahead += inputs
    return found


def _is_map(x):
    """Whether a tensor has frames of more than one position."""
    return len(x.shape) in (4, 5) and tuple(x.shape[-3:-1]) != (1, 1)


def _map_of(model, name):
    layer = model.get_layer(name)
    outputs = [x for node in layer._inbound_nodes for x in node.output_tensors]
    if len(outputs) != 1 or len(outputs[0].shape) not in (4, 5):
        raise ValueError(
            "`layer` must make one feature map (B, T, H, W, C). Received: "
            f"layer={name!r}, with outputs of shape "
            f"{[tuple(x.shape) for x in outputs]}."
        )
    return outputs[0]


def _maps_and_gradients(inner, clips, class_index):
    """List of pairs of arrays: a feature map, and the score's gradient."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        found = _with_tensorflow(inner, clips, class_index)
    elif backend == "torch":
        found = _with_torch(inner, clips, class_index)
    else:
        raise ValueError(
            "Grad-CAM needs gradients of layers inside a network, which it "
            "takes on the TensorFlow and PyTorch backends. Received: Keras "
            f"on {backend}. Set KERAS_BACKEND."
        )
    for _, gradient in found:
        if gradient is None:
            raise ValueError(
                "The class does not depend on the layer, or not in a way "
                "that has a gradient. Give another `layer`."
            )
    return [
        tuple(keras.ops.convert_to_numpy(x).astype("float32") for x in pair)
        for pair in found
    ]


def _with_tensorflow(inner, clips, class_index):
    import tensorflow as tf

    x = tf.convert_to_tensor(clips)
    with tf.GradientTape() as tape:
        # A network whose weights are frozen has nothing else to watch.
        tape.watch(x)
        *maps, scores = inner(x, training=False)
        score = scores[0, _class(class_index, scores)]
    return list(zip(maps, tape.gradient(score, maps), strict=True))


def _with_torch(inner, clips, class_index):
    import torch

    x = keras.ops.convert_to_tensor(clips).requires_grad_()
    *maps, scores = inner(x, training=False)
    score = scores[0, _class(class_index, scores)]
    gradients = torch.autograd.grad(score, maps, allow_unused=True)
    return list(zip(maps, gradients, strict=True))


def _class(class_index, scores):
    if class_index is not None:
        return class_index
    return int(keras.ops.convert_to_numpy(scores)[0].argmax())


def _weigh(feature_map, gradient):
    """Eq. 1 and 2, times the number of positions: (T', H', W').

    The first axes, a batch of one and T', or frames alone, become one.
    """
    channels = feature_map.shape[-1]
    weights = gradient.reshape(-1, channels).sum(axis=0)
    heat = np.maximum(feature_map @ weights, 0)
    return heat.reshape(-1, *feature_map.shape[-3:-1])
