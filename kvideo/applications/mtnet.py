"""MTNet, the multi-temporal network, and MTConv in a ResNet-50.

Paper: A. Stergiou, R. Poppe, "Multi-Temporal Convolutions for Human Action
Recognition in Videos". An X3D whose depthwise convolutions are dense MTConvs,
and whose blocks end in squeeze and recursion: recurrent cells over the clip
that say which feature counts at which time.

Decisions. The paper does not settle its networks; variants `s`, `m` and `l`
are a reading that fits its tables (docs/mtnet.md has ours beside them):
- Blocks: 1x1x1 to 1.5 C, MTConv 3x3x3 in place of X3D's depthwise
  convolution, squeeze-and-excitation and Swish, 1x1x1 to C, squeeze and
  recursion on C, the sum with the block's input, ReLU. Stem and head are X3D's.
- Half of the frames are selected after the stem, and the first blocks of res3,
  res4 and res5 halve what is left, both as in the released code.
- Two layers of cells, as the text says; Table VI(b) implies one.
- No block starts as the identity: the product of zero features and the
  recursion of zeros has no gradient.
Variants `released_*` are the network of the authors' code
(`kvideo/backbones/mtnet_released.py`). Pixels are normalised as in that code.

"MTConv" of Table II is this operator in place of every 3x3x3 convolution of
a ResNet-50 (`MTResNet50`); the paper does not describe that network either.
"""

from dataclasses import dataclass, replace
from functools import partial

import keras

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.applications.x3d import classify
from kvideo.backbones import Step, insert, mtnet_released, walk, x3d
from kvideo.layers import (
    MTConv,
    ResizeClip,
    SqueezeRecursion,
    TripletCosineFrameSelection,
)
from kvideo.layers.checks import check_choice
from kvideo.layers.mt_conv import check_ratio

REFERENCE = "Stergiou and Poppe, Multi-Temporal Convolutions"


@dataclass(frozen=True)
class MTNetSpec:
    """A row: the backbone, the default clip, the head.

    Attributes:
        backbone: An `X3DSpec`, or a `ReleasedSpec`.
        input_shape: Default clip.
        frame_stride: See `ModelInfo`.
        head_width: Of X3D's head; the released network has none.
        dropout: Rate before the classifier.
        sampler: How clips are drawn, see `kvideo.data.ClipSpec`.
        imagenet: Why there are no ImageNet weights.
    """

    backbone: object
    input_shape: tuple
    frame_stride: int = 5
    head_width: int = 2048
    dropout: float = 0.5
    sampler: str = "dense"
    imagenet: str = "mtnet"


def _body(like):
    """An X3D's row with the blocks of MTNet."""
    plain = x3d.SPECS[like]
    return replace(
        plain,
        bottleneck=1.5,
        last_width=x3d.inner_width(plain, plain.widths[-1]),
        temporal_strides=(1, 2, 2, 2),
        zero_gamma=False,
    )


def _released(size):
    return MTNetSpec(mtnet_released.SPECS[size], (16, 224, 224, 3), dropout=0.0)


VARIANTS = {
    "s": MTNetSpec(_body("x3d_s"), (16, 200, 200, 3)),
    "m": MTNetSpec(_body("x3d_m"), (16, 256, 256, 3)),
    "l": MTNetSpec(_body("x3d_l"), (16, 256, 256, 3)),
    "released_s": _released("s"),
    "released_m": _released("m"),
    "released_l": _released("l"),
    "nano": MTNetSpec(
        replace(
            _body("x3d_nano"),
            blocks=(1, 1, 2, 1),
            temporal_strides=(1, 1, 2, 1),
        ),
        (8, 64, 64, 3),
        frame_stride=6,
        head_width=256,
        dropout=0.2,
    ),
}


def MTNet(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="m",
    ratio=0.875,
    cell="gru",
    cell_layers=2,
    spatial_pool="soft",
    temporal_pool="selection",
    select="lowest",
    normalization="mtnet",
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("mtnet", VARIANTS, variant)
    imagenet.pick_source(weights, row.imagenet)
    check_choice("normalization", normalization, tuple(plumbing.NORMALIZATIONS))
    check_ratio(ratio)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    pools = {
        "spatial_pool": spatial_pool,
        "temporal_pool": temporal_pool,
        "select": select,
    }
    rate = row.dropout if dropout is None else dropout
    x = plumbing.normalize(clips, normalization, include_preprocessing)
    last = recursion(cell, cell_layers)
    if isinstance(row.backbone, mtnet_released.ReleasedSpec):
        _check_released(pools, ratio)
        pair = mtnet_released.streams(x, row.backbone, ratio, last)
        x = pair if include_top else _joined(pair)
        head = _classify_streams
    else:
        x = walk(steps(row.backbone, last, ratio=ratio, **pools), x)
        head = partial(classify, head_width=row.head_width)
    x = plumbing.top(
        x,
        lambda x: head(x, dropout=rate, classes=classes),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    return plumbing.functional(clips, x, name or f"mtnet_{variant}", weights)


def steps(spec, last=None, **options):
    """The steps of an MTNet as the paper describes it.

    Args:
        spec: An `X3DSpec`.
        last: What `recursion` returns, or None.
        **options: Of `kvideo.layers.MTConv`.

    Returns:
        List of `Step`: those of `x3d.steps`, and `stem_select`.
    """
    parts = x3d.steps(spec, middle=multi_temporal(**options), last=last)
    choice = options.get("select", "lowest")
    name = "stem_select"
    selection = Step(
        name,
        1,
        lambda x: TripletCosineFrameSelection(select=choice, name=name)(x),
        residual=False,
    )
    return insert(parts, ["stem"], lambda step: selection)


def multi_temporal(**options):
    """A `middle` for `x3d.steps` and `resnet.steps`: MTConv, 3x3x3.

    Args:
        **options: Of `kvideo.layers.MTConv`.
    """

    def middle(x, name, width, strides, stage):
        return MTConv(width, strides=strides, name=f"{name}_mtconv", **options)(
            x
        )

    return middle


def recursion(cell, layers):
    """A `last` for `x3d.steps`: squeeze and recursion, or nothing."""

    def last(x, name):
        if cell is None:
            return x
        return SqueezeRecursion(cell, layers, name=f"{name}_recursion")(x)

    return last


def _check_released(pools, ratio):
    """The released network pools in its own way, and has two streams."""
    names = ("spatial_pool", "temporal_pool", "select")
    if pools != dict(zip(names, ("soft", "selection", "lowest"), strict=True)):
        raise ValueError(
            f"{', '.join(f'`{name}`' for name in names)} are arguments of the "
            "paper's variants; the released network averages and keeps the "
            f"most redundant frames. Received: {pools}."
        )
    if ratio == 1:
        raise ValueError(
            "The released network has a stream of its own for the channels "
            "of the prolonged branch, so `ratio` must be below 1. Received: "
            f"ratio={ratio}."
        )


def _joined(pair):
    """Both streams as one feature map, of the short one's size."""
    short, long = pair
    _, frames, height, width, _ = short.shape
    long = ResizeClip(height, width, frames, name="join_resize")(long)
    return keras.layers.Concatenate(name="join_streams")([short, long])


def _classify_streams(pair, dropout, classes):
    """Logits (B, classes) of the means of both streams."""
    pooled = [
        keras.layers.GlobalAveragePooling3D(name=f"head_{stream}")(x)
        for stream, x in zip(mtnet_released.STREAMS, pair, strict=True)
    ]
    x = keras.layers.Concatenate(name="head_join")(pooled)
    x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    return plumbing.classifier(classes, stddev=0.01)(x)


MTNet.__doc__ = f"""MTNet: short and prolonged motion in one convolution.

    T, H and W must be known; one or two frames are not halved any more.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        ratio: Share r of the local branch, above 0 and at most 1: with 1
            there are dense 3x3x3 convolutions and no prolonged branch.
        cell: Of squeeze and recursion: `"gru"`, `"rnn"`, `"lstm"`,
            `"lstm_peephole"`, or None to do without.
        cell_layers: Layers of cells, 1 or 2.
        spatial_pool, temporal_pool, select: Of `kvideo.layers.MTConv`; not
            for `released_*`.
        normalization: What pixels are normalised with, a name in
            `kvideo.layers.augment.normalize.NORMALIZATIONS`; `"mtnet_bgr"`
            for the weights that the authors trained, which saw BGR.

    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: For a row, shape or option that does not exist, and a
            ratio out of range.
    Reference: {REFERENCE}
    """

register("mtnet", MTNet, VARIANTS, "m", REFERENCE)
