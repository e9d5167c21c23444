"""GDN, the grouped decomposed network.

Paper: Z. Qiu, X. Zhao, Z. Hu, "Efficient Temporal-Spatial Feature Grouping
for Video Action Recognition", ICIP 2020. A ResNet-50 whose middle convolution
is a grouped decomposed module (GDM) in every block; every frame is classified
and the logits are averaged, as in TSN.

Decisions, where the paper is silent:
- The stem is 1x7x7 and frames stay as many as they are: only so are there
  17.7 M parameters with 174 classes. The published operations (26 G) are
  5 % above those of this network; no reading gives both (docs/gdn.md).
- One batch normalisation and one ReLU follow the joined groups, as in GST.
- Dropout 0.3 and a classifier of N(0, 0.001), as in GST's code.
"""

import keras

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.applications.resnet import ResNetNetworkSpec, backbone_spec
from kvideo.backbones import resnet, walk
from kvideo.layers import BatchNorm, GroupedDecomposed

REFERENCE = "Qiu et al., Efficient Temporal-Spatial Feature Grouping, ICIP 2020"

VARIANTS = {
    "resnet50": ResNetNetworkSpec(
        "tsn_resnet50", dropout=0.3, imagenet="ResNet50"
    ),
    "resnet_nano": ResNetNetworkSpec(
        "tsn_resnet_nano",
        input_shape=(8, 64, 64, 3),
        dropout=0.2,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
    ),
}


def GDN(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="resnet50",
    r_st=1 / 4,
    r_s=1 / 2,
    kind="gdm",
    stride_on=None,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("gdn", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    spec = backbone_spec(row, source, stride_on=stride_on)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    normalization = source.normalization or row.normalization
    x = plumbing.normalize(clips, normalization, include_preprocessing)
    x = walk(resnet.steps(spec, middle=grouped(spec, r_st, r_s, kind)), x)
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
    name = name or f"gdn_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


def grouped(spec, r_st=1 / 4, r_s=1 / 2, kind="gdm"):
    """A `middle` for `resnet.steps`: GDM, normalisation, ReLU.

    Args:
        spec: The `ResNetSpec` of the backbone.
        r_st: Share of the 3x3x3 group, or four of them, for res2 to res5.
        r_s: Share of the 1x3x3 group, or four of them.
        kind: Of `GroupedDecomposed`.

    Raises:
        ValueError: If the shares are neither one nor four.
    """
    r_st, r_s = _each_stage("r_st", r_st), _each_stage("r_s", r_s)

    def middle(x, name, width, strides, stage):
        # Named as the convolution that it replaces, so that weights find it.
        x = GroupedDecomposed(
            r_st[stage - 2],
            r_s[stage - 2],
            strides,
            kind,
            name=f"{name}_conv2",
        )(x)
        x = BatchNorm(epsilon=spec.bn_epsilon, name=f"{name}_bn2")(x)
        return keras.layers.ReLU(name=f"{name}_relu2")(x)

    return middle


def _each_stage(argument, share):
    shares = (share,) * 4 if isinstance(share, int | float) else tuple(share)
    if len(shares) != 4:
        raise ValueError(
            f"`{argument}` must be a share, or four of them for res2 to "
            f"res5. Received: {argument}={share!r}."
        )
    return shares


GDN.__doc__ = f"""Grouped decomposed network: space-time, space, time by group.

    Any number of frames; the paper has 8 and 16, at 224x224 and 112x112:
    `input_shape=(16, 112, 112, 3)`.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        r_st: Share of the channels for 3x3x3 convolutions, or four shares
            for res2 to res5.
        r_s: Share for 1x3x3 convolutions, likewise; the rest is 3x1x1. With
            `r_st=1, r_s=0` the network is an R3D, with `r_st=0, r_s=1` a
            TSN, with `r_st=(0, 0, 1, 1), r_s=(1, 1, 0, 0)` top-heavy as S3D.
        kind: `"gdm"`, or `"c2d"`, `"c3d"`, `"p3d"`, `"gst"`, the paper's
            Table 1 in the same place; see `kvideo.layers.GroupedDecomposed`.
{imagenet.RESNET_DOC}            They go into the 3x3x3 and 1x3x3
            groups; 3x1x1 stays random (section 3.2).

    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: If a share is no share, or leaves its group no channel.
    Reference: {REFERENCE}
    """

register("gdn", GDN, VARIANTS, "resnet50", REFERENCE)
