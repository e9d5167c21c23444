"""ImageNet weights of `keras.applications` for the networks of this package.

`weights="imagenet"` downloads what `keras.applications` publishes;
`weights="imagenet:PATH"` takes such a file, or one that `save_weights` wrote
from that network, from the disk. The classifier stays random: its classes
are others.

What the weights were trained with comes along, or the features would not be
those of the source: pixel normalisation, the epsilon of the batch
normalisations, and, for ResNet, where a block strides. Keras' ResNet strides
in the first 1x1 convolution of a stage, which skips three quarters of the
positions; the papers' in the 3x3. The weights fit both, and
`stride_on="conv2"` takes them into the papers' form, as a start for training.

A 2-D kernel goes into a 3-D one by I3D's rule: repeated over time and divided
by the temporal length, so that a clip of one repeated frame gives the frame's
features away from the clip's ends (Carreira and Zisserman, CVPR 2017).
"""

import os
from dataclasses import dataclass

import keras
import numpy as np

from kvideo.applications.weights import check_fit


@dataclass(frozen=True)
class Source:
    """A network of `keras.applications`, and what goes with its weights.

    Attributes:
        network: Name of its function.
        normalization: Row of `plumbing.NORMALIZATIONS`.
        spec: Changes of the backbone's spec.
        weights: `"imagenet"`, or a path.
    """

    network: str
    normalization: str
    spec: dict
    weights: str = "imagenet"

    def build(self):
        """The source network without its classifier."""
        function = getattr(keras.applications, self.network)
        if self.weights == "imagenet":
            return function(weights="imagenet", include_top=False)
        # A file with the classifier fits the network with it alone.
        for include_top in (False, True):
            model = function(weights=None, include_top=include_top)
            try:
                check_fit(model, self.weights)
                model.load_weights(self.weights)
            except (ValueError, OSError) as error:
                reason = error
            else:
                return model
        raise ValueError(
            f"Expected weights of keras.applications.{self.network}. "
            f"Received: weights='imagenet:{self.weights}', which does not "
            f"load into it: {reason}"
        )


_RESNET = {"stride_on": "conv1", "bn_epsilon": 1.001e-5}
SOURCES = {
    "ResNet50": ("caffe", _RESNET),
    "ResNet101": ("caffe", _RESNET),
}


def pick_source(weights, network):
    """The `Source` that `weights` asks for, or None if it is none.

    Args:
        weights: The argument of a network.
        network: Key of `SOURCES`, or None where there are no such weights.

    Raises:
        ValueError: If there are none, or the path does not exist.
    """
    if not str(weights).startswith("imagenet"):
        return None
    kind, _, path = str(weights).partition(":")
    if kind != "imagenet":
        return None
    if network is None:
        raise ValueError(
            "There are no ImageNet weights for this network: "
            f"keras.applications has {', '.join(SOURCES)}. Received: "
            f"weights={weights!r}. Give None or a path."
        )
    if path and not os.path.exists(path):
        raise ValueError(f"No such file. Received: weights={weights!r}.")
    normalization, spec = SOURCES[network]
    return Source(network, normalization, spec, path or "imagenet")


def load_resnet(model, source, prefix=""):
    """Fill a network on a ResNet; returns it.

    Args:
        model: Network whose backbone is `kvideo.backbones.resnet`.
        source: A `Source`.
        prefix: Of the backbone's steps.
    """
    reference = source.build()
    for layer in reference.layers:
        if not layer.name.endswith("_conv"):
            continue
        conv, norm = _resnet_names(layer.name)
        copy_convolution(
            layer,
            reference.get_layer(layer.name.removesuffix("conv") + "bn"),
            model.get_layer(prefix + conv),
            model.get_layer(prefix + norm),
        )
    return model


def _resnet_names(name):
    """Keras' `conv3_block1_0_conv` to our convolution and normalisation."""
    if name == "conv1_conv":
        return "stem_conv", "stem_bn"
    stage, block, index, _ = name.split("_")
    step = f"res{stage.removeprefix('conv')}_{block}"
    conv = "projection" if index == "0" else f"conv{index}"
    return f"{step}_{conv}", f"{step}_bn{index}"


def copy_convolution(source, source_norm, target, target_norm):
    """Copy a 2-D convolution and the batch normalisation behind it.

    A bias of the source goes into the moving mean, for ours have none. A
    target with a method `assign_image_kernel(kernel)` takes the 2-D kernel
    (kh, kw, C, filters) in its own way. Channels that the source sees as BGR
    are turned where it is the stem of a network that does.
    """
    kernel = np.asarray(source.kernel)
    if source.name == "conv1_conv":
        kernel = kernel[:, :, ::-1]
    if hasattr(target, "assign_image_kernel"):
        target.assign_image_kernel(kernel)
    else:
        target.kernel.assign(inflate(kernel, target.kernel.shape))
    bias = source.bias if source.use_bias else 0.0
    gamma = source_norm.gamma
    target_norm.gamma.assign(
        np.ones(target_norm.gamma.shape) if gamma is None else gamma
    )
    target_norm.beta.assign(source_norm.beta)
    target_norm.moving_mean.assign(source_norm.moving_mean - bias)
    target_norm.moving_variance.assign(source_norm.moving_variance)


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
