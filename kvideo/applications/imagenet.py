"""ImageNet weights of `keras.applications` for the networks of this package.

`weights="imagenet"` downloads what `keras.applications` publishes;
`weights="imagenet:PATH"` takes such a file from the disk, or one that
`save_weights` wrote from that network, or a whole model (`.keras`, `.h5`) that
is that network or contains it. The classifier stays random: its classes
are others.

What the weights were trained with comes along, or the features would not be
those of the source: pixel normalisation, the epsilon of the batch
normalisations, MobileNetV2's padding, and, for ResNet, where a block strides.
Keras' ResNet strides in the first 1x1 convolution of a stage, which skips
three quarters of the positions; the papers' in the 3x3. The weights fit both,
and `stride_on="conv2"` takes them into the papers' form, as a start for
training. A network that was trained from here and saved as `.weights.h5` is
built again with `keras_layout=True`; a `.keras` file knows by itself.

Where the network takes optical flow, the first kernels are averaged over RGB,
and each channel of the flow gets the average (Wang et al., Temporal Segment
Networks, ECCV 2016).

A 2-D kernel goes into a 3-D one by I3D's rule: repeated over time and divided
by the temporal length, so that a clip of one repeated frame gives the frame's
features away from the clip's ends (Carreira and Zisserman, CVPR 2017).
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np

from kvideo.applications import plumbing, whole_models
from kvideo.applications.weights import check_fit
from kvideo.applications.whole_models import weights_by_layer
from kvideo.backbones import inception_resnet_v2, mobilenet_v2

DOC = """        keras_layout: Whether the network is laid out as that of
            `keras.applications` whose weights it can take: pixels, epsilons,
            strides, padding. Default: with `weights="imagenet"`. Give True to
            load a `.weights.h5` of a network that was trained from there.
"""


@dataclass(frozen=True)
class Source:
    """What a network takes over from one of `keras.applications`.

    Attributes:
        network: Name of its function; None: nothing is taken over.
        pairs: Function (source network, ours) that yields names: convolution
            and normalisation there, convolution and normalisation here.
        normalization: Row of `plumbing.NORMALIZATIONS`.
        spec: Changes of the backbone's spec.
        file: `"imagenet"`, a path, or None for the layout alone.
    """

    network: str | None = None
    pairs: Callable | None = None
    normalization: str | None = None
    spec: dict = field(default_factory=dict)
    file: str | None = None

    def build(self):
        """The source network without its classifier."""
        function = getattr(keras.applications, self.network)
        if self.file == "imagenet":
            return function(weights="imagenet", include_top=False)
        # A file with the classifier fits the network with it alone.
        for include_top in (False, True):
            model = function(weights=None, include_top=include_top)
            try:
                self._load(model)
            except (ValueError, OSError, KeyError) as error:
                reason = error
            else:
                return model
        raise ValueError(
            f"Expected weights of keras.applications.{self.network}. "
            f"Received: weights='imagenet:{self.file}', which does not "
            f"load into it: {reason}"
        )

    def _load(self, model):
        found = weights_by_layer(self.file)
        if found is None:
            check_fit(model, self.file)
            model.load_weights(self.file)
        else:
            whole_models.fill(model, found)


def pick_source(weights, network, keras_layout=None):
    """The `Source` that the arguments of a network ask for.

    Args:
        weights: The argument: `"imagenet"`, `"imagenet:PATH"`, or another.
        network: Key of `SOURCES`, or None where there are no such weights.
        keras_layout: Whether the network is laid out as that of
            `keras.applications`; default: if its weights are loaded.

    Raises:
        ValueError: If there are none, or the path does not exist.
    """
    kind, _, path = str(weights).partition(":")
    pretrained = kind == "imagenet"
    if not (pretrained if keras_layout is None else keras_layout):
        if pretrained:
            raise ValueError(
                "ImageNet weights need the layout of keras.applications. "
                f"Received: weights={weights!r}, keras_layout=False."
            )
        return Source()
    if network is None:
        raise ValueError(
            "There are no ImageNet weights for this network: "
            f"keras.applications has {', '.join(SOURCES)}. Received: "
            f"weights={weights!r}, keras_layout={keras_layout}."
        )
    if path and pretrained and not os.path.exists(path):
        raise ValueError(f"No such file. Received: weights={weights!r}.")
    file = (path or "imagenet") if pretrained else None
    return Source(network, *SOURCES[network], file)


def functional(clips, outputs, name, weights, source):
    """`plumbing.functional`, with the weights of the source if it has any."""
    if source.file is None:
        return plumbing.functional(clips, outputs, name, weights)
    model = plumbing.functional(clips, outputs, name, None)
    fill(model, source)
    return model


def fill(model, source, prefix=""):
    """Copy the weights of a source into a network.

    Args:
        model: The network.
        source: A `Source` with a file.
        prefix: Before the names of the network's backbone.
    """
    reference = source.build()
    ours = [layer.name.removeprefix(prefix) for layer in model.layers]
    for conv, norm, our_conv, our_norm in source.pairs(reference, ours):
        target = model.get_layer(prefix + our_conv)
        _copy_kernel(reference.get_layer(conv), target)
        if norm:
            _copy_norm(
                reference.get_layer(norm),
                model.get_layer(prefix + our_norm),
                # Ours has no bias there: it goes into the moving mean.
                reference.get_layer(conv).bias,
            )
        else:
            target.bias.assign(reference.get_layer(conv).bias)


def resnet_pairs(reference, ours):
    """`conv3_block1_0_conv` is our `res3_block1_projection`."""
    yield "conv1_conv", "conv1_bn", "stem_conv", "stem_bn"
    for name in _matching(reference, r"conv\d_block\d+_\d_conv"):
        stage, block, index, _ = name.split("_")
        step = f"res{stage.removeprefix('conv')}_{block}"
        part = "projection" if index == "0" else f"conv{index}"
        norm = name.removesuffix("conv") + "bn"
        yield name, norm, f"{step}_{part}", f"{step}_bn{index}"


def mobilenet_v2_pairs(reference, ours):
    """`block_3_expand` is the first convolution of our fifth step."""
    yield "Conv1", "bn_Conv1", "stem_conv", "stem_bn"
    spec = mobilenet_v2.SPECS["tsm_mobilenet_v2"]
    steps = [step.name for step in mobilenet_v2.steps(spec)[1:-1]]
    for index, step in enumerate(steps):
        block = f"block_{index}" if index else "expanded_conv"
        for number, part in enumerate(("expand", "depthwise", "project"), 1):
            if f"{step}_conv{number}" in ours:
                name = f"{block}_{part}"
                our_names = f"{step}_conv{number}", f"{step}_bn{number}"
                yield name, f"{name}_BN", *our_names
    yield "Conv_1", "Conv_1_bn", "conv5_conv", "conv5_bn"


def inception_resnet_v2_pairs(reference, ours):
    """Keras names few layers; it numbers the others as it makes them."""
    theirs = (
        sorted(_matching(reference, rf"{kind}(_\d+)?"), key=_number)
        for kind in ("conv2d", "batch_normalization")
    )
    spec = inception_resnet_v2.SPECS["inception_resnet_v2"]
    steps = [step.name for step in inception_resnet_v2.steps(spec)[:-1]]
    convs = [
        name
        for step in steps
        for name in sorted(ours)
        # The convolutions behind the branches have names, and no norm.
        if re.fullmatch(rf"{step}_(b\dn\d)?conv", name)
        and not re.fullmatch(r"block\d+_\d+_conv", name)
    ]
    for conv, norm, our_conv in zip(*theirs, convs, strict=True):
        yield conv, norm, our_conv, our_conv.removesuffix("conv") + "bn"
    for name in _matching(reference, r"block\d+_\d+_conv"):
        yield name, None, name, None
    yield "conv_7b", "conv_7b_bn", "conv2d_7b_conv", "conv2d_7b_bn"


_RESNET = {"stride_on": "conv1", "bn_epsilon": 1.001e-5}
_MOBILENET = {"padding": "same", "bn_epsilon": 1e-3}
SOURCES = {
    "ResNet50": (resnet_pairs, "caffe", _RESNET),
    "ResNet101": (resnet_pairs, "caffe", _RESNET),
    "MobileNetV2": (mobilenet_v2_pairs, "inception", _MOBILENET),
    "InceptionResNetV2": (inception_resnet_v2_pairs, "inception", {}),
}


def _matching(model, pattern):
    return [x.name for x in model.layers if re.fullmatch(pattern, x.name)]


def _number(name):
    """Of a numbered layer; the first has none."""
    digits = name.rpartition("_")[2]
    return int(digits) if digits.isdigit() else 0


def _copy_kernel(source, target):
    """A target with `assign_image_kernel` takes the 2-D kernel its own way."""
    kernel = np.asarray(source.kernel)
    if source.name == "conv1_conv":
        kernel = kernel[:, :, ::-1]  # Keras' ResNet takes BGR
    if isinstance(source, keras.layers.DepthwiseConv2D):
        kernel = kernel.transpose(0, 1, 3, 2)
    if kernel.shape[2] == 3 and target.kernel.shape[-2] == 2:
        kernel = kernel.mean(axis=2, keepdims=True).repeat(2, axis=2)
    if hasattr(target, "assign_image_kernel"):
        target.assign_image_kernel(kernel)
    else:
        target.kernel.assign(inflate(kernel, target.kernel.shape))


def _copy_norm(source, target, bias):
    ones = np.ones(target.gamma.shape)
    target.gamma.assign(ones if source.gamma is None else source.gamma)
    target.beta.assign(source.beta)
    mean = np.asarray(source.moving_mean)
    target.moving_mean.assign(mean if bias is None else mean - bias)
    target.moving_variance.assign(source.moving_variance)


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
