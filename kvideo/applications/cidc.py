"""CIDC: directional temporal modelling on top of any backbone.

Paper: X. Li, B. Shuai, J. Tighe, "Directional Temporal Modeling for Action
Recognition", ECCV 2020. The features F of a backbone and the output of the
multi-scale CIDC network, F_CIDC, are fused, pooled and classified.

Decisions, where the paper is silent:
- The rows without suffix have the light head that the paper's text describes.
  Its published sizes (about 59 M parameters more than the backbone) fit seven
  units a branch at half the frames, the rows `*_paper_size`.
- Table 5(a): the LSTM's last state is joined to the pooled features; two
  blocks of self-attention (eight heads, residual, layer normalisation) stand
  beside F and are fused with it as F_CIDC is.
- In a network of two pathways the wider one has the branches; the other is
  pooled and joined before the classifier.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import keras

from kvideo.applications import imagenet, plumbing, resnet, slowfast
from kvideo.applications.registry import register
from kvideo.applications.weights import load_weights
from kvideo.backbones.directional import multi_scale
from kvideo.layers.checks import check_choice

REFERENCE = "Li et al., Directional Temporal Modeling, ECCV 2020"
HEADS = ("cidc", "lstm", "self_attention")
FUSIONS = ("time", "channels", "sum")
STAGES = (3, 4, 5)


@dataclass(frozen=True)
class CIDCSpec:
    """A row of the table.

    Attributes:
        backbone: Function that builds the backbone.
        backbone_variant: Its row.
        input_shape: Default clip, (T, H, W, 3).
        sampler: How clips are drawn, see `kvideo.data.ClipSpec`.
        frame_stride: See `ModelInfo`.
        imagenet: The backbone's, or why there are no such weights.
        backbone_options: Further arguments of that function.
        units: CIDC units of the last stage's branch.
        frames: Time steps between them, as `attach_cidc` takes them.
        dropout: Rate before the classifier.
    """

    backbone: Callable
    backbone_variant: str
    input_shape: tuple
    sampler: str
    frame_stride: int
    imagenet: str
    backbone_options: dict = field(default_factory=dict)
    units: int = 2
    frames: str | None = None
    dropout: float = 0.6


def _on(builder, table, variant, **changes):
    """A row that draws its clips as the backbone's does."""
    row = table[variant]
    return CIDCSpec(
        builder,
        variant,
        row.input_shape,
        row.sampler,
        row.frame_stride,
        row.imagenet,
        **changes,
    )


# The published sizes of R2D and R2D-NL are those of eight frames throughout
# and of non-local blocks that see every position.
_WHOLE = {"temporal_pool": False}
_NL = {**_WHOLE, "non_local": 5, "non_local_sub_sample": False}
_C2D = _on(resnet.C2D, resnet.C2D_VARIANTS, "resnet50", backbone_options=_WHOLE)
_I3D = _on(resnet.I3D, resnet.I3D_VARIANTS, "resnet50", backbone_options=_WHOLE)
_ROWS = {
    "c2d_resnet50": _C2D,
    "c2d_resnet50_nl": replace(_C2D, backbone_options=_NL),
    "i3d_resnet50": _I3D,
    "i3d_resnet50_nl": replace(_I3D, backbone_options=_NL),
    "slow_only_resnet50": _on(
        resnet.SlowOnly, resnet.SLOW_ONLY_VARIANTS, "resnet50"
    ),
}
VARIANTS = {
    **_ROWS,
    **{
        f"{name}_paper_size": replace(row, units=7, frames="half")
        for name, row in _ROWS.items()
    },
    "slowfast_8x8_resnet50": _on(
        slowfast.SlowFast, slowfast.VARIANTS, "8x8_resnet50"
    ),
    "tsm_resnet50": _on(resnet.TSM, resnet.TSM_VARIANTS, "resnet50"),
    "nano": _on(resnet.TSN, resnet.TSN_VARIANTS, "resnet_nano", dropout=0.2),
}


def CIDC(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="i3d_resnet50",
    backbone_weights=None,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
    **options,
):
    row = plumbing.pick_variant("cidc", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    # Of which only some take the argument.
    layout = {"keras_layout": True} if source.network else {}
    backbone = row.backbone(
        # A file of a trained backbone has its classifier too.
        include_top=backbone_weights is not None,
        weights=weights if source.file else backbone_weights,
        classes=classes,
        input_tensor=input_tensor,
        input_shape=input_shape,
        include_preprocessing=include_preprocessing,
        variant=row.backbone_variant,
        **layout,
        **row.backbone_options,
    )
    options = {"units": row.units, "frames": row.frames, **options}
    model = attach_cidc(
        backbone,
        classes=classes,
        include_top=include_top,
        pooling=pooling,
        classifier_activation=classifier_activation,
        dropout=row.dropout if dropout is None else dropout,
        name=name or f"cidc_{variant}",
        **options,
    )
    return load_weights(model, None if source.file else weights)


def attach_cidc(
    network,
    stages=STAGES,
    classes=None,
    head="cidc",
    units=2,
    frames=None,
    directions="both",
    weight_range=(-1, 1),
    backward_order="last_first",
    attention=True,
    fusion="time",
    include_top=True,
    pooling=None,
    classifier_activation="softmax",
    dropout=0.6,
    name=None,
):
    """Put a CIDC network on the stages of a network, and a new classifier.

    The layers of `network` are shared, with their weights; what stood behind
    its last stage is left out.

    Args:
        network: A kvideo network of residual stages, with or without top.
        stages: Which of its stages have a branch, e.g. `(5,)`: single-scale.
            The last is the one whose features are fused.
        classes: Number of classes; default: those of `network`.
        head: `"cidc"`, or what Table 5(a) compares it with: `"lstm"` (two
            layers of 512 on pooled frames), `"self_attention"` (two blocks
            over all positions).
        units: CIDC units of the last stage's branch, 2 at least with several
            stages; the others have one less.
        frames: Time steps between the units: None, as many as there are;
            `"half"`; or a number.
        directions, weight_range, backward_order: Of
            `kvideo.layers.DirectionalTemporalConv`.
        attention: Whether attention goes from later stages to earlier ones.
        fusion: `"time"`: F and F_CIDC are concatenated along T;
            `"channels"`: along C; `"sum"`.
        include_top, pooling, classifier_activation: As for any network.
        dropout: Rate before the classifier.
        name: Name of the model; default: `network`'s with `_cidc`.

    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: If the network lacks a stage, or an option is unknown.
    Reference: Li et al., Directional Temporal Modeling, ECCV 2020, section 3.
    """
    check_choice("head", head, HEADS)
    check_choice("fusion", fusion, FUSIONS)
    maps, others = stage_maps(network, stages)
    features = maps[stages[-1]]
    if frames == "half":
        frames = features.shape[1] // 2
    if head == "cidc":
        x = multi_scale(
            maps,
            units,
            frames,
            attention,
            directions=directions,
            weight_range=weight_range,
            backward_order=backward_order,
        )
        x = _fuse(features, x, fusion)
    elif head == "self_attention":
        x = _fuse(features, _self_attention(features), fusion)
    else:
        x, others = features, [*others, _lstm(features)]
    name = name or f"{network.name}_cidc"
    if include_top:
        classes = classes or _classes(network)
        plumbing.check_top(classes, classifier_activation)
        x = _join([x, *others], "avg")
        x = keras.layers.Dropout(dropout, name="head_dropout")(x)
        x = plumbing.classifier(classes, 0.01)(x)
        x = plumbing.activate(x, classifier_activation)
    elif pooling is not None:
        x = _join([x, *others], pooling)
    inputs = network.inputs
    return keras.Model(inputs[0] if len(inputs) == 1 else inputs, x, name=name)


def stage_maps(network, stages):
    """The feature maps at the ends of stages.

    Args:
        network: A kvideo network whose layers are named `res<stage>_...`,
            with a prefix where there are two pathways.
        stages: Numbers, in order.

    Returns:
        Dict from stage to map (B, T, H, W, C) of the widest pathway, and the
        list of the other pathways' last maps.
    Raises:
        ValueError: If the network lacks a stage.
    """
    ends = {}
    for layer in network.layers:
        match = re.match(r"(.*?)res(\d)_", layer.name)
        if match:
            # Layers come in the order of the graph: the last one remains.
            ends[match[1], int(match[2])] = layer.output
    missing = set(stages) - {stage for _, stage in ends}
    if missing or not stages or list(stages) != sorted(set(stages)):
        known = sorted({stage for _, stage in ends})
        raise ValueError(
            "`stages` must be some of the network's, in order. Received: "
            f"stages={tuple(stages)}; {network.name!r} has "
            f"{tuple(known) or 'none that are named res2, res3, ...'}."
        )
    last = {path: x for (path, stage), x in ends.items() if stage == stages[-1]}
    main = max(last, key=lambda path: last[path].shape[-1])
    maps = {stage: ends[main, stage] for stage in stages}
    return maps, [x for path, x in last.items() if path != main]


def _classes(network):
    shape = tuple(network.output_shape)
    if len(shape) != 2:
        raise ValueError(
            "`classes` is needed: the network has no classifier to take the "
            f"number from. Received: network={network.name!r}, whose output "
            f"is {shape}."
        )
    return shape[-1]


def _fuse(features, aggregated, fusion):
    """S(F, F_CIDC) of Eq. 2."""
    if fusion == "sum":
        return keras.layers.Add(name="fusion")([features, aggregated])
    axis = 1 if fusion == "time" else -1
    return keras.layers.Concatenate(axis, name="fusion")([features, aggregated])


def _join(parts, pooling):
    """One vector a clip; a part that is one already stays."""
    parts = [
        x
        if len(x.shape) == 2
        else plumbing.pool_features(x, pooling, f"head{number}_")
        for number, x in enumerate(parts, start=1)
    ]
    if len(parts) == 1:
        return parts[0]
    return keras.layers.Concatenate(name="features")(parts)


def _lstm(features, units=512):
    """The last state of two LSTM layers over pooled frames, (B, units)."""
    x = plumbing.frame_features(features, prefix="lstm_")
    for number, sequence in ((1, True), (2, False)):
        x = keras.layers.LSTM(
            units,
            return_sequences=sequence,
            # Few steps, and TFLite has no built-in loop.
            unroll=True,
            name=f"lstm_layer{number}",
        )(x)
    return x


def _self_attention(features, blocks=2, heads=8):
    """Transformer attention over all positions, the features' shape."""
    *_, channels = features.shape
    x = keras.layers.Reshape((-1, channels), name="attention_flatten")(features)
    for number in range(1, blocks + 1):
        name = f"attention_block{number}"
        attended = keras.layers.MultiHeadAttention(
            heads, channels // heads, name=f"{name}_mha"
        )(x, x)
        x = keras.layers.Add(name=f"{name}_add")([x, attended])
        x = keras.layers.LayerNormalization(name=f"{name}_norm")(x)
    return keras.layers.Reshape(features.shape[1:], name="attention_restore")(x)


CIDC.__doc__ = f"""CIDC network: clips modelled in the direction of time.

    The backbone learns first, then the whole (`backbone_weights`, or
    `kvideo.attach_cidc` on the trained network), as in the paper.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        backbone_weights: `.weights.h5` or `.keras` file of the backbone
            alone, trained on the same classes: the first of the two steps.
        **options: Of `kvideo.attach_cidc`: `stages`, `head`, `units`,
            `frames`, `directions`, `weight_range`, `backward_order`,
            `attention`, `fusion`. `weights="imagenet"` goes to the backbone.
{imagenet.DOC}
    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: If a variant, stage or option does not exist.
    Reference: {REFERENCE}
    """

register("cidc", CIDC, VARIANTS, "i3d_resnet50", REFERENCE)
