"""How what an image network has learnt goes into the layers of a video network.

A kernel goes in by one of four ways, named as in `HOW`. What goes where is
known from the shapes alone, so that it can be told (`imagenet_table.py`)
before any weight has a value.

A 2-D kernel goes into a 3-D one by I3D's rule: repeated over time and divided
by the temporal length, so that a clip of one repeated frame gives the frame's
features away from the clip's ends (Carreira and Zisserman, CVPR 2017).

Where the network takes optical flow, the first kernels are averaged over RGB,
and each channel of the flow gets the average (Wang et al., Temporal Segment
Networks, ECCV 2016).

A layer that stands for a convolution and has several inside says by
`image_parts()` which channels of the 2-D kernel each of them takes: a list of
(convolution, input channels, output channels), the last two slices. One with
normalisations inside says so by `image_norms()`: (normalisation, channels).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np

HOW = {
    "copied": "as it is",
    "inflated": "repeated over time and divided by its length",
    "by group": "cut to the channels of each convolution in the layer",
    "averaged": "the mean over RGB, for each channel of the flow",
}


@dataclass(frozen=True)
class Transfer:
    """A weight of ours that an image network has a value for.

    Attributes:
        target: The weight.
        value: Function without arguments that returns its array.
        how: Some of `HOW`, in that order.
    """

    target: object
    value: Callable
    how: tuple = ("copied",)


def fill(model, reference, pairs):
    """Give each backbone of a network what an image network has learnt.

    Args:
        model, reference, pairs: As in `transfers`.
    """
    for one in transfers(model, reference, pairs):
        one.target.assign(one.value())


def transfers(model, reference, pairs):
    """What of a network an image network has values for.

    Args:
        model: The network, built, with values or without.
        reference: The network of `keras.applications`, likewise.
        pairs: Function (reference, our names) that yields names: convolution
            and normalisation there, convolution and normalisation here.

    Returns:
        List of `Transfer`, backbone by backbone.
    """
    return [
        one
        for prefix in pathways(model, reference, pairs)
        for one in _backbone(model, reference, pairs, prefix)
    ]


def pathways(model, reference, pairs):
    """What stands before the names of each backbone, `""` or `"busy_"`."""
    names = [layer.name for layer in model.layers]
    _, _, first, _ = next(iter(pairs(reference, names)))
    return [name.removesuffix(first) for name in names if name.endswith(first)]


def _backbone(model, reference, pairs, prefix):
    ours = [
        layer.name.removeprefix(prefix)
        for layer in model.layers
        if layer.name.startswith(prefix)
    ]
    for conv, norm, our_conv, our_norm in pairs(reference, ours):
        source = reference.get_layer(conv)
        target = model.get_layer(prefix + our_conv)
        yield from convolution(source, target)
        if norm is None:
            yield plain_bias(source, target)
        else:
            yield from normalization(
                reference.get_layer(norm),
                model.get_layer(prefix + our_norm),
                source.bias,
            )


def convolution(source, target):
    """Yields the transfers of one convolution's kernel.

    Args:
        source: `Conv2D` or `DepthwiseConv2D`.
        target: Our layer: a `Conv3D`, or one with `image_parts`.

    Raises:
        ValueError: If the kernels do not fit.
    """
    everything = slice(None)
    parts, by_group = [(target, everything, everything)], ()
    if hasattr(target, "image_parts"):
        parts, by_group = target.image_parts(), ("by group",)
    for conv, inputs, outputs in parts:
        shape = tuple(conv.kernel.shape)
        how = ("inflated",) * (shape[0] > 1)
        how += by_group
        how += ("averaged",) * _takes_flow(source, shape)
        value = partial(_kernel, source, shape, inputs, outputs)
        yield Transfer(conv.kernel, value, how or ("copied",))


def normalization(source, target, bias):
    """Yields the transfers of one batch normalisation.

    Args:
        source: `BatchNormalization`.
        target: Ours, or a layer with `image_norms`.
        bias: Of the convolution before the source, which ours lacks; it goes
            into the moving mean. None: there is none.
    """
    norms, how = [(target, slice(None))], ("copied",)
    if hasattr(target, "image_norms"):
        norms, how = target.image_norms(), ("by group",)
    for norm, channels in norms:
        for name in ("gamma", "beta", "moving_mean", "moving_variance"):
            value = partial(_statistic, source, name, bias, channels)
            yield Transfer(getattr(norm, name), value, how)


def plain_bias(source, target):
    """The transfer of the bias of a convolution without normalisation."""
    return Transfer(target.bias, lambda: np.asarray(source.bias))


def inflate(kernel, shape):
    """A 2-D kernel (kh, kw, C, filters) as a 3-D one of `shape`.

    Raises:
        ValueError: If the shapes do not fit.
    """
    if kernel.shape != tuple(shape[1:]):
        raise ValueError(
            "A 2-D kernel goes into a 3-D one of the same size in space and "
            f"channels. Received: kernel of shape {kernel.shape}, target of "
            f"shape {tuple(shape)}."
        )
    return np.broadcast_to(kernel / shape[0], shape)


def over_flow(kernel):
    """A kernel (..., 3, filters) of RGB as one (..., 2, filters) of flow."""
    return kernel.mean(axis=-2, keepdims=True).repeat(2, axis=-2)


def _takes_flow(source, shape):
    depthwise = isinstance(source, keras.layers.DepthwiseConv2D)
    return not depthwise and source.kernel.shape[2] == 3 and shape[-2] == 2


def _kernel(source, shape, inputs, outputs):
    kernel = np.asarray(source.kernel)
    if source.name == "conv1_conv":
        kernel = kernel[:, :, ::-1]  # Keras' ResNet takes BGR
    if isinstance(source, keras.layers.DepthwiseConv2D):
        kernel = kernel.transpose(0, 1, 3, 2)
    if _takes_flow(source, shape):
        kernel = over_flow(kernel)
    return inflate(kernel[:, :, inputs, outputs], shape)


def _statistic(source, name, bias, channels):
    value = getattr(source, name)
    if value is None:  # a normalisation without scale
        value = np.ones(source.moving_variance.shape)
    if name == "moving_mean" and bias is not None:
        value = np.asarray(value) - np.asarray(bias)
    return np.asarray(value)[channels]
