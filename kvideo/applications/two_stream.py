"""Two networks, one of frames and one of optical flow, as one.

Papers: K. Simonyan, A. Zisserman, "Two-Stream Convolutional Networks for
Action Recognition in Videos", NIPS 2014; L. Wang et al., "Temporal Segment
Networks", ECCV 2016. TeSNet's two streams are fused in this way (section 3.2
of Huang's thesis, Fig. 3.4).
"""

import keras


def two_stream(rgb, flow, weights=(1.0, 1.0), name="two_stream"):
    """Fuse the scores of two networks: their weighted mean.

    The streams are trained each on its own, as in the papers; nothing is
    copied, so training either one afterwards also trains it here. Both are to
    see the same stretch of a video. Example:

        rgb = kvideo.applications.TeSNet(classes=101)
        flow = kvideo.applications.TeSNet(
            classes=101, input_shape=(10, 299, 299, 2)
        )
        both = kvideo.applications.two_stream(rgb, flow)
        scores = both.predict([frames, fields])

    To fuse scores that were measured one stream after the other, see
    `kvideo.evaluation.average_scores`.

    Args:
        rgb: Functional network of one input, (B, T, H, W, 3), that ends in
            probabilities.
        flow: Such a network with the same classes; its input may have any
            shape, such as (B, T, H, W, 2).
        weights: Of the scores of `rgb` and of `flow`, two positive numbers;
            TeSNet takes (1, 1), TSN (1, 1.5).
        name: Name of the model.

    Returns:
        A functional `keras.Model` with the inputs `rgb` and `flow`, in this
        order.
    Raises:
        ValueError: If a stream has more than one input or output or ends in
            logits, classes differ, or a weight is not positive.
    """
    _check_weights(weights)
    streams = {"rgb": rgb, "flow": flow}
    for kind, model in streams.items():
        _check_stream(kind, model)
    if rgb.outputs[0].shape != flow.outputs[0].shape:
        raise ValueError(
            "Both streams need the same classes. Received: outputs of shape "
            f"{rgb.outputs[0].shape} and {flow.outputs[0].shape}."
        )
    inputs, scores = [], []
    for (kind, model), weight in zip(streams.items(), weights, strict=True):
        x = keras.Input(model.inputs[0].shape[1:], name=kind)
        # Both networks may have one name; inside a model each needs its own.
        stream = keras.Model(
            model.inputs[0], model.outputs[0], name=f"{kind}_network"
        )
        share = keras.layers.Rescaling(
            weight / sum(weights), name=f"{kind}_share", dtype="float32"
        )
        inputs.append(x)
        scores.append(share(stream(x)))
    fused = keras.layers.Add(name="predictions", dtype="float32")(scores)
    return keras.Model(inputs, fused, name=name)


def _check_weights(weights):
    if len(weights) != 2 or not all(weight > 0 for weight in weights):
        raise ValueError(
            "`weights` should be two positive numbers, for RGB and for flow. "
            f"Received: weights={weights}."
        )


def _check_stream(kind, model):
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            "A stream should have one input and one output. Received: "
            f"`{kind}` with {len(model.inputs)} and {len(model.outputs)}."
        )
    last = model.layers[-1]
    if getattr(last, "activation", None) is keras.activations.linear:
        raise ValueError(
            "Streams should end in probabilities: logits of two networks "
            f"have no common scale. Received: `{kind}` that ends in the layer "
            f"'{last.name}' without an activation. Build it with "
            "classifier_activation='softmax'."
        )
