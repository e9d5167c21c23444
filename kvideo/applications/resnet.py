"""Networks on a ResNet over frames: TSN, TSM, C2D, I3D, Slow-only.

Papers: Wang et al., "Temporal Segment Networks", ECCV 2016; Lin et al.,
"TSM", ICCV 2019; Wang et al., "Non-local Neural Networks", CVPR 2018 (C2D,
I3D); Feichtenhofer et al., "SlowFast Networks", ICCV 2019 (Slow-only).
TSN and TSM classify every frame and average the logits; the others pool the
whole clip before they classify.
"""

from dataclasses import dataclass

import keras

from kvideo.applications import plumbing
from kvideo.applications.registry import register
from kvideo.backbones import resnet, walk


@dataclass(frozen=True)
class ResNetNetworkSpec:
    """A row: the backbone's name, the default clip and how it is drawn."""

    backbone: str
    input_shape: tuple = (8, 224, 224, 3)
    per_frame: bool = True
    dropout: float = 0.5
    classifier_stddev: float = 0.001
    sampler: str = "segment"
    frame_stride: int = 1


def _whole_clip(backbone, frames=8):
    return ResNetNetworkSpec(
        backbone,
        (frames, 224, 224, 3),
        per_frame=False,
        classifier_stddev=0.01,
        sampler="dense",
        frame_stride=8,
    )


NANO_CLIP = {
    "input_shape": (8, 64, 64, 3),
    "dropout": 0.2,
    "sampler": "dense",
    "frame_stride": 3,
}

TSN_VARIANTS = {
    "resnet50": ResNetNetworkSpec("tsn_resnet50"),
    "resnet101": ResNetNetworkSpec("tsn_resnet101"),
    "resnet_nano": ResNetNetworkSpec("tsn_resnet_nano", **NANO_CLIP),
}
TSM_VARIANTS = {
    "resnet50": ResNetNetworkSpec("tsm_resnet50"),
    "resnet101": ResNetNetworkSpec("tsm_resnet101"),
    "resnet_nano": ResNetNetworkSpec("tsm_resnet_nano", **NANO_CLIP),
}
C2D_VARIANTS = {"resnet50": _whole_clip("c2d_resnet50")}
I3D_VARIANTS = {"resnet50": _whole_clip("i3d_resnet50")}
SLOW_ONLY_VARIANTS = {"resnet50": _whole_clip("slow_only_resnet50")}


def _builder(function_name, family, variants, default, summary, reference):
    """One public function of a family, and its entry in the registry."""

    def build(
        include_top=True,
        weights=None,
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=400,
        classifier_activation="softmax",
        variant=default,
        include_preprocessing=True,
        dropout=None,
        name=None,
    ):
        row = plumbing.pick_variant(family, variants, variant)
        clips = plumbing.obtain_input(
            input_shape, input_tensor, row.input_shape
        )
        x = plumbing.normalize(clips, "imagenet", include_preprocessing)
        x = walk(resnet.steps(resnet.SPECS[row.backbone]), x)
        if include_top:
            plumbing.check_top(classes, classifier_activation)
            rate = row.dropout if dropout is None else dropout
            x = _head(x, row, rate, classes)
            x = plumbing.activate(x, classifier_activation)
        else:
            x = plumbing.pool_features(x, pooling)
        name = name or f"{family}_{variant}"
        return plumbing.functional(clips, x, name, weights)

    build.__name__ = build.__qualname__ = function_name
    build.__doc__ = (
        f"{summary}{plumbing.DOC}        variant: One of "
        f"{', '.join(variants)}.\n\n    Returns:\n        A functional "
        f"`keras.Model`.\n    Reference: {reference}\n    "
    )
    register(family, build, variants, default, reference)
    return build


def _head(x, row, dropout, classes):
    if row.per_frame:
        x = plumbing.frame_features(x)
    else:
        x = keras.layers.GlobalAveragePooling3D(name="head_pool")(x)
    x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    x = plumbing.classifier(classes, row.classifier_stddev)(x)
    if row.per_frame:
        x = keras.layers.GlobalAveragePooling1D(
            dtype="float32", name="consensus"
        )(x)
    return x


TSN = _builder(
    "TSN",
    "tsn",
    TSN_VARIANTS,
    "resnet50",
    "TSN: a ResNet on every frame, logits averaged; no sense of time.",
    "Wang et al., Temporal Segment Networks, ECCV 2016",
)
TSM = _builder(
    "TSM",
    "tsm",
    TSM_VARIANTS,
    "resnet50",
    "TSM: a ResNet whose blocks shift channels between frames.",
    "Lin et al., Temporal Shift Module, ICCV 2019",
)
C2D = _builder(
    "C2D",
    "c2d",
    C2D_VARIANTS,
    "resnet50",
    "C2D (R2D): a ResNet on frames, frames max-pooled in pairs after res2.",
    "Wang et al., Non-local Neural Networks, CVPR 2018",
)
I3D = _builder(
    "I3D",
    "i3d",
    I3D_VARIANTS,
    "resnet50",
    "I3D: a ResNet inflated with 3x1x1 convolutions (SlowFast's layout).",
    "Carreira and Zisserman, Quo Vadis, CVPR 2017",
)
SlowOnly = _builder(
    "SlowOnly",
    "slow_only",
    SLOW_ONLY_VARIANTS,
    "resnet50",
    "Slow-only: temporal convolutions in res4 and res5 alone.",
    "Feichtenhofer et al., SlowFast Networks, ICCV 2019",
)
