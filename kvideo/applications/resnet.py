"""Networks on a ResNet over clips: TSN, TSM, C2D, I3D, Slow-only, R3D.

Papers: Wang et al., "Temporal Segment Networks", ECCV 2016; Lin et al.,
"TSM", ICCV 2019; Wang et al., "Non-local Neural Networks", CVPR 2018 (C2D,
I3D, and the non-local blocks of all); Feichtenhofer et al., "SlowFast
Networks", ICCV 2019 (Slow-only); Hara et al., CVPR 2018 (R3D, ResNeXt-3D).
TSN and TSM classify every frame and average the logits; the others pool the
whole clip before they classify.
"""

from dataclasses import dataclass, replace
from functools import partial

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register, registry_name
from kvideo.backbones import follow, insert, non_local, resnet, walk
from kvideo.layers import NonLocal
from kvideo.layers.checks import check_choice


@dataclass(frozen=True)
class ResNetNetworkSpec:
    """A row of a family's table.

    Attributes:
        backbone: Row of `kvideo.backbones.resnet.SPECS`.
        input_shape: Default clip.
        per_frame: Classify every frame and average, or pool the clip first.
        dropout: Rate before the classifier.
        classifier_stddev: Of the classifier's initial weights.
        sampler: How clips are drawn, see `kvideo.data.ClipSpec`.
        frame_stride: See `ModelInfo`.
        normalization: Row of `plumbing.NORMALIZATIONS`.
        imagenet: Network of `keras.applications` for `weights="imagenet"`,
            or why there is none, of `image_networks.WITHOUT`.
        non_local: Layout of non-local blocks, see `backbones.non_local`.
    """

    backbone: str
    input_shape: tuple = (8, 224, 224, 3)
    per_frame: bool = True
    dropout: float = 0.5
    classifier_stddev: float = 0.001
    sampler: str = "segment"
    frame_stride: int = 1
    normalization: str = "imagenet"
    imagenet: str | None = None
    non_local: str = "tsm"


def _whole_clip(backbone, imagenet="ResNet50", frames=8, frame_stride=8):
    return ResNetNetworkSpec(
        backbone,
        (frames, 224, 224, 3),
        per_frame=False,
        classifier_stddev=0.01,
        sampler="dense",
        frame_stride=frame_stride,
        imagenet=imagenet,
        non_local="slowfast",
    )


def _hara(backbone, imagenet=None):
    """Hara's networks with BTSNet's clips, whose baselines they are."""
    return replace(
        _whole_clip(backbone, imagenet, frame_stride=1),
        input_shape=(30, 112, 112, 3),
        normalization="btsnet",
        dropout=0.0,
    )


def _nano(backbone, like=None):
    row = ResNetNetworkSpec(backbone) if like is None else like
    return replace(
        row,
        backbone=backbone,
        input_shape=(8, 64, 64, 3),
        dropout=0.2,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
    )


def _per_frame(family):
    return {
        "resnet50": ResNetNetworkSpec(
            f"{family}_resnet50", imagenet="ResNet50"
        ),
        "resnet101": ResNetNetworkSpec(
            f"{family}_resnet101", imagenet="ResNet101"
        ),
        "resnet_nano": _nano(f"{family}_resnet_nano"),
    }


def _clip_rows(family):
    row = _whole_clip(f"{family}_resnet50")
    return {
        "resnet50": row,
        "resnet_nano": _nano(f"{family}_resnet_nano", row),
    }


TSN_VARIANTS = _per_frame("tsn")
TSM_VARIANTS = _per_frame("tsm")
C2D_VARIANTS = _clip_rows("c2d")
I3D_VARIANTS = {
    **_clip_rows("i3d"),
    "resnet50_gluon": _whole_clip(
        "i3d_resnet50_gluon", frames=32, frame_stride=2
    ),
}
SLOW_ONLY_VARIANTS = _clip_rows("slow_only")
R3D_VARIANTS = {
    "resnet50": _hara("r3d_resnet50", "ResNet50"),
    "resnet101": _hara("r3d_resnet101", "ResNet101"),
    "resnet_nano": _nano("r3d_resnet_nano", _hara("r3d_resnet_nano")),
}
RESNEXT3D_VARIANTS = {
    "50_c32": _hara("resnext3d50_c32", "resnext"),
    "101_c32": _hara("resnext3d101_c32", "resnext"),
    "nano": _nano("resnext3d_nano", _hara("resnext3d_nano")),
}

DOC = """        variant: One of {variants}.
        non_local: Number of non-local blocks in res3 and res4: 0, 5 or 10
            (1 with TSN and TSM, too), or names of the steps that one follows,
            e.g. `("res3_block1",)`.
        non_local_scale: Whether their logits are divided by the square root
            of the channels; default: as the family's code.
        non_local_sub_sample: False, `"before"` or `"after"`: whether keys and
            values are pooled, before or after their convolutions; default:
            as the family's code.
        shift_every: 0: no temporal shift; 1: in every block; 2: in every
            second. Default: the variant's.
        online_shift: Whether channels come from the previous frame alone,
            for streams (`kvideo.stream`).
        temporal_pool: Whether pairs of frames are pooled after res2.
            Default: the variant's.
{stride}        normalization: What pixels are normalised with, a name in
            `kvideo.applications.plumbing.NORMALIZATIONS`; default: the
            variant's or that of the weights. SlowFast's repository:
            `"kinetics"`.
{layout}
    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: For a row, shape or option that does not exist; the
            message names those that do.
    Reference: {reference}
    """


def _builder(
    function_name,
    family,
    variants,
    default,
    summary,
    reference,
    glue_number=False,
):
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
        non_local=0,
        non_local_scale=None,
        non_local_sub_sample=None,
        shift_every=None,
        online_shift=False,
        temporal_pool=None,
        stride_on=None,
        keras_layout=None,
        include_preprocessing=True,
        normalization=None,
        dropout=None,
        name=None,
    ):
        row = plumbing.pick_variant(family, variants, variant)
        if normalization is not None:
            check_choice(
                "normalization", normalization, tuple(plumbing.NORMALIZATIONS)
            )
        source = imagenet.pick_source(weights, row.imagenet, keras_layout)
        spec = backbone_spec(row, source, shift_every, temporal_pool, stride_on)
        if online_shift:
            spec = _online(spec)
        attention = {
            "scale": non_local_scale,
            "sub_sample": non_local_sub_sample,
        }
        clips = plumbing.obtain_input(
            input_shape, input_tensor, row.input_shape
        )
        constants = normalization or source.normalization or row.normalization
        x = plumbing.normalize(clips, constants, include_preprocessing)
        x = walk(_steps(row, spec, non_local, attention), x)
        rate = row.dropout if dropout is None else dropout
        x = plumbing.top(
            x,
            lambda x: _head(x, row, rate, classes),
            include_top,
            pooling,
            classes,
            classifier_activation,
        )
        name = name or registry_name(family, variant, glue_number)
        return imagenet.functional(clips, x, name, weights, source)

    build.__name__ = build.__qualname__ = function_name
    build.__doc__ = (
        summary
        + plumbing.DOC
        + DOC.format(
            variants=", ".join(variants),
            layout=imagenet.DOC,
            stride=imagenet.STRIDE_DOC,
            reference=reference,
        )
    )
    register(
        family, build, variants, default, reference, glue_number=glue_number
    )
    return build


def backbone_spec(
    row, source, shift_every=None, temporal_pool=None, stride_on=None
):
    """The `ResNetSpec` of a row with what the weights or the caller change."""
    changes = {"shift_every": shift_every, "temporal_pool": temporal_pool}
    if shift_every is not None:
        check_choice("shift_every", shift_every, (0, 1, 2))
    changes = {k: v for k, v in changes.items() if v is not None}
    spec = replace(resnet.SPECS[row.backbone], **changes)
    return imagenet.laid_out(spec, source, stride_on)


def _online(spec):
    if not spec.shift_every:
        raise ValueError(
            "Only a network that shifts channels can do so online. Received: "
            "online_shift=True. Give shift_every=1, too, or take a TSM."
        )
    return replace(spec, online_shift=True)


def _steps(row, spec, count, options):
    """The backbone's steps with non-local blocks among them."""
    places = non_local.places(count, row.non_local, spec.blocks)
    given = {k: v for k, v in options.items() if v is not None}
    options = {**non_local.options(row.non_local), **given}
    operators = {"nonlocal": partial(NonLocal, **options)}
    return insert(
        resnet.steps(spec), places, lambda step: follow(step, operators)
    )


def _head(x, row, dropout, classes):
    classify = (
        plumbing.classify_frames if row.per_frame else plumbing.classify_clip
    )
    return classify(x, dropout, classes, row.classifier_stddev)


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
R3D = _builder(
    "R3D",
    "r3d",
    R3D_VARIANTS,
    "resnet50",
    "R3D: a ResNet of 3x3x3 convolutions.",
    "Hara et al., Can Spatiotemporal 3D CNNs Retrace ..., CVPR 2018",
)
ResNeXt3D = _builder(
    "ResNeXt3D",
    "resnext3d",
    RESNEXT3D_VARIANTS,
    "50_c32",
    "ResNeXt-3D: a ResNet of grouped 3x3x3 convolutions.",
    "Hara et al., Can Spatiotemporal 3D CNNs Retrace ..., CVPR 2018",
    glue_number=True,
)
# The names under which the papers' readers may look for them.
ResNet2D, TSMResNet = C2D, TSM
