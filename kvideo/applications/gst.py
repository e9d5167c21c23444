"""GST, grouped spatial-temporal aggregation.

Paper: C. Luo, A. Yuille, "Grouped Spatial-Temporal Aggregation for Efficient
Action Recognition", ICCV 2019; code: chenxuluo/GST-video. A ResNet-50 whose
middle convolution is a GST module in every block; every frame is classified
and the logits are averaged, as in TSN.

Decisions, taken from the code:
- The stem is 1x7x7, blocks stride in the middle convolution, and frames stay
  as many as they are.
- One batch normalisation and one ReLU follow the joined groups.
- Dropout 0.3 and a classifier of N(0, 0.001).
- Its ResNet-101 does not start there (alpha and beta are not handed on), so
  no network can have been trained with it, and there is no row for it.
"""

from dataclasses import dataclass, replace

import keras

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.applications.resnet import ResNetNetworkSpec, backbone_spec
from kvideo.backbones import resnet, walk
from kvideo.layers import BatchNorm, GroupedSpatialTemporal

REFERENCE = "Luo and Yuille, Grouped Spatial-Temporal Aggregation, ICCV 2019"


@dataclass(frozen=True)
class GSTSpec(ResNetNetworkSpec):
    """A row of the table: a ResNet's, and the parts of the modules' input."""

    beta: int = 2


_R50 = GSTSpec("tsn_resnet50", dropout=0.3, imagenet="ResNet50")
VARIANTS = {
    "resnet50": _R50,
    # The paper's GST-Large.
    "resnet50_large": replace(_R50, beta=1),
    "resnet_nano": GSTSpec(
        "tsn_resnet_nano",
        input_shape=(8, 64, 64, 3),
        dropout=0.2,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
    ),
}


def GST(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="resnet50",
    alpha=4,
    beta=None,
    stride_on=None,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("gst", VARIANTS, variant)
    beta = row.beta if beta is None else beta
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    spec = backbone_spec(row, source, stride_on=stride_on)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    normalization = source.normalization or row.normalization
    x = plumbing.normalize(clips, normalization, include_preprocessing)
    x = walk(resnet.steps(spec, middle=modules(spec, alpha, beta)), x)
    rate = row.dropout if dropout is None else dropout
    x = plumbing.top(
        x,
        lambda x: plumbing.classify_frames(
            x, rate, classes, row.classifier_stddev
        ),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    name = name or f"gst_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


def modules(spec, alpha, beta):
    """A `middle` for `resnet.steps`: GST, normalisation, ReLU.

    Args:
        spec: The `ResNetSpec` of the backbone.
        alpha: Of `GroupedSpatialTemporal`.
        beta: Likewise.
    """

    def middle(x, name, width, strides, stage):
        # Named as the convolution that it replaces, so that weights find it.
        x = GroupedSpatialTemporal(alpha, beta, strides, name=f"{name}_conv2")(
            x
        )
        x = BatchNorm(epsilon=spec.bn_epsilon, name=f"{name}_bn2")(x)
        return keras.layers.ReLU(name=f"{name}_relu2")(x)

    return middle


GST.__doc__ = f"""GST: space by most channels, space-time by one in alpha.

    Any number of frames; the paper has 8 and 16.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
            `resnet50_large` is the paper's GST-Large.
        alpha: One channel in so many is made by 3x3x3 convolutions, the
            others by 1x3x3; must divide the channels of every block.
        beta: 2: each convolution sees half of the channels; 1: both see all,
            as in GST-Large. Default: the variant's.
{imagenet.RESNET_DOC}            Its kernels go into the 1x3x3
            convolutions, cut to their channels; 3x3x3 stays random, as in
            the code.

    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: If alpha or beta cannot be.
    Reference: {REFERENCE}
    """

register("gst", GST, VARIANTS, "resnet50", REFERENCE)
