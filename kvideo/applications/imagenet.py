"""ImageNet weights of `keras.applications` for the networks of this package.

`weights="imagenet"` downloads what `keras.applications` publishes;
`weights="imagenet:PATH"` takes such a file from the disk, or one that
`save_weights` wrote from that network, or a whole model (`.keras`, `.h5`) that
is that network or contains it. Every backbone of the network gets them: both
pathways of BQN, what stands behind DAN's projection. The classifier stays
random: its classes are others. docs/weights.md has it network by network.

What the weights were trained with comes along, or the features would not be
those of the source: pixel normalisation, the epsilon of the batch
normalisations, MobileNetV2's padding, and, for ResNet, where a block strides.
Keras' ResNet strides in the first 1x1 convolution of a stage, which skips
three quarters of the positions; the papers' in the 3x3. The weights fit both,
and `stride_on="conv2"` takes them into the papers' form, as a start for
training. A network that was trained from here and saved as `.weights.h5` is
built again with `keras_layout=True`; a `.keras` file knows by itself.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import keras

from kvideo.applications import plumbing, transfer, whole_models
from kvideo.applications.image_networks import SOURCES, WITHOUT
from kvideo.applications.weights import check_fit
from kvideo.applications.whole_models import weights_by_layer
from kvideo.layers.checks import check_choice

DOC = """        keras_layout: Whether the network is laid out as that of
            `keras.applications` whose weights it can take: pixels, epsilons,
            strides, padding. Default: with `weights="imagenet"`. Give True to
            load a `.weights.h5` of a network that was trained from there.
"""
STRIDE_DOC = """        stride_on: Where blocks stride: `"conv2"`, in the middle
            convolution, as in the papers, or `"conv1"`, in the first, as
            Keras' ResNet does, and so the default with `keras_layout`.
"""
RESNET_DOC = STRIDE_DOC + DOC


@dataclass(frozen=True)
class Source:
    """What a network takes over from one of `keras.applications`.

    Attributes:
        network: Name of its function; None: nothing is taken over.
        pairs: Function (source network, our names) that yields names:
            convolution and normalisation there, convolution and
            normalisation here.
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
        network: Key of `SOURCES`, or where there are no such weights one of
            `WITHOUT`, or None.
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
    if network not in SOURCES:
        raise ValueError(_none_for(network, weights, keras_layout))
    if path and pretrained and not os.path.exists(path):
        raise ValueError(f"No such file. Received: weights={weights!r}.")
    file = (path or "imagenet") if pretrained else None
    return Source(network, *SOURCES[network], file)


def _none_for(network, weights, keras_layout):
    """The sentences for a network without a twin."""
    why = WITHOUT.get(network)
    return (
        "There are no ImageNet weights for this network"
        + (f": {why}. " if why else ". ")
        + f"There are some for those that stand on {', '.join(SOURCES)} of "
        "keras.applications. Give weights='motion' or a file of a network "
        "trained on videos, or None to train from scratch. Received: "
        f"weights={weights!r}, keras_layout={keras_layout}."
    )


def laid_out(spec, source, stride_on=None):
    """The spec of a backbone, as the source of its weights wants it.

    Args:
        spec: Of a backbone.
        source: A `Source`.
        stride_on: Where a ResNet's blocks stride, or None for what the
            source says.
    """
    changes = dict(source.spec)
    if stride_on is not None:
        check_choice("stride_on", stride_on, ("conv1", "conv2"))
        changes["stride_on"] = stride_on
    return replace(spec, **changes)


def without_weights(overrides):
    """Arguments of a builder for the same network with random weights.

    Args:
        overrides: Arguments as a run or a card has them. One that asks for
            ImageNet weights asks for the layout of their network, too.
    """
    kind, _, _ = str(overrides.get("weights")).partition(":")
    layout = {"keras_layout": True} if kind == "imagenet" else {}
    return {**overrides, "weights": None, **layout}


def functional(clips, outputs, name, weights, source):
    """`plumbing.functional`, with the weights of the source if it has any."""
    if source.file is None:
        return plumbing.functional(clips, outputs, name, weights)
    model = plumbing.functional(clips, outputs, name, None)
    transfer.fill(model, source.build(), source.pairs)
    return model
