"""BQN, the Busy-Quiet Net.

Paper: G. Huang, A. G. Bors, "Busy-Quiet Video Disentangling for Video
Classification", WACV 2022; chapter 5 of Huang's thesis. Two backbones of one
kind walk side by side: Busy sees what the motion band-pass lets through at
full size, Quiet sees the rest at 5/8 of the size, and lateral connections
bridge them after every pair of residual blocks.

Decisions, where thesis, code and tables differ:
- 47.4 M parameters (TSM-R50, 174 classes) are two backbones, one shared
  classifier, the BPLCs' normalisations and the stem's band-pass; the BPLCs'
  own depthwise kernels (275,456, trainable here as in the code) are not in
  the published figure, and phi is the identity.
- The X3D network has a head for each pathway and averages their logits.
- The parity of lateral connections starts at 1 in every network (the released
  code goes on counting into the next network that the process builds).
- Normalisation scales of all lateral connections start at 0, in X3D too.
- The authors' code has four layouts. `bqn_resnet_reverse.py` is the thesis'
  network. The others have a 1x1x1 convolution behind the band-pass, too
  (`phi="conv_both"`), and two of them connect both ways after every block
  (docs/bqn.md).
- With ImageNet weights, both pathways start from them, as in the thesis, and
  all pixels are in the units that the weights expect: the band-pass is linear,
  so Busy and Quiet are, too.
- LC-I and LC-II of Table 5.7 are the two one-way designs; which is which
  cannot be told without the figure, so they are named by their direction.
"""

from dataclasses import dataclass, replace

import keras

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.applications.x3d import clip_features
from kvideo.backbones import resnet, x3d
from kvideo.layers import (
    BandPassLateralConnection,
    MotionBandPass,
    QuietInput,
    ResizeClip,
)
from kvideo.layers.checks import check_choice

REFERENCE = "Huang and Bors, Busy-Quiet Video Disentangling, WACV 2022"


@dataclass(frozen=True)
class BQNSpec:
    """A row of the table.

    Attributes:
        backbone: Spec of either pathway.
        steps: Function that turns the spec into steps.
        input_shape: Default clip; three frames for each segment.
        normalization: Row of `plumbing.NORMALIZATIONS`.
        head_width: Width of X3D's head; None: classify every frame.
        stem_kernel: Side of the stem's band-pass, and its `stem_sigma`.
        lateral_kernels: Sides of the BPLCs' band-pass in res2 to res5.
        dropout: Rate before the classifier.
        sampler: `"segment"`, or `"dense"`: all T frames consecutive.
        frame_stride: See `ModelInfo`.
        imagenet: Network of `keras.applications` for `weights="imagenet"`,
            or why there is none, of `image_networks.WITHOUT`.
    """

    backbone: object
    steps: object
    input_shape: tuple
    normalization: str = "imagenet"
    head_width: int | None = None
    stem_kernel: int = 9
    stem_sigma: float = 1.1
    lateral_kernels: tuple = (7, 7, 7, 3)
    dropout: float = 0.5
    sampler: str = "segment"
    frame_stride: int = 1
    imagenet: str | None = None


_TSM50 = BQNSpec(
    resnet.SPECS["tsm_resnet50"],
    resnet.steps,
    (24, 256, 256, 3),
    imagenet="ResNet50",
)
VARIANTS = {
    "tsm_resnet50": _TSM50,
    "tsm_resnet101": replace(
        _TSM50,
        # Unlike TSM's own ResNet-101, BQN's shifts in every block.
        backbone=replace(resnet.SPECS["tsm_resnet101"], shift_every=1),
        imagenet="ResNet101",
    ),
    "x3d_m": BQNSpec(
        x3d.SPECS["x3d_m"],
        x3d.steps,
        (48, 256, 256, 3),
        normalization="kinetics",
        head_width=2048,
        imagenet="x3d",
    ),
    "nano": BQNSpec(
        resnet.SPECS["tsm_resnet_nano"],
        resnet.steps,
        (12, 64, 64, 3),
        lateral_kernels=(7, 3, 3, 3),
        dropout=0.2,
        sampler="dense",
        imagenet="nano",
    ),
}

TO_BUSY, TO_QUIET = "to_busy", "to_quiet"
LATERALS = {
    # Table 5.7: the arrows after odd and after even blocks.
    "bplc": ((TO_QUIET,), (TO_BUSY,)),
    "busy_to_quiet": ((TO_QUIET,), (TO_QUIET,)),
    "quiet_to_busy": ((TO_BUSY,), (TO_BUSY,)),
    "bidirectional": ((TO_BUSY, TO_QUIET), (TO_BUSY, TO_QUIET)),
    # As the one before, but Quiet gets what Busy has become.
    "in_turn": ((TO_BUSY, TO_QUIET), (TO_BUSY, TO_QUIET)),
    "bplc_identity": ((TO_QUIET,), (TO_BUSY,)),
    None: ((), ()),
}
# What the thesis says and what its authors released, where they differ:
# `BQN(**PRESETS["released"])`. The defaults are a measured choice, docs/bqn.md.
PRESETS = {
    "paper": {"log_norm": "sum", "quiet_input": "complement"},
    "released": {"log_norm": "sum", "quiet_input": "first_frame"},
}
FUSIONS = ("average", "max", "average_features", "concat_features")
PATHWAYS = ("both", "busy", "quiet")
BUSY_INPUTS = ("band_pass", "centre_frame")
# What is passed on to Quiet, and to Busy with and without its band-pass.
PHIS = {
    None: ("identity", "band_pass", "identity"),
    "conv": ("conv", "band_pass", "identity"),
    "conv_both": ("conv", "band_pass_conv", "conv"),
}


def BQN(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="tsm_resnet50",
    quiet_scale=0.625,
    quiet_input="complement",
    busy_input="band_pass",
    log_norm="sum",
    lateral="bplc",
    phi=None,
    fusion="average",
    pathways="both",
    stride_on=None,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("bqn", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    row = _laid_out(row, source, stride_on)
    check_choice("lateral", lateral, tuple(LATERALS))
    check_choice("phi", phi, tuple(PHIS))
    check_choice("fusion", fusion, FUSIONS)
    check_choice("pathways", pathways, PATHWAYS)
    check_choice("busy_input", busy_input, BUSY_INPUTS)
    clips = plumbing.obtain_input(
        input_shape, input_tensor, row.input_shape, frames_multiple=3
    )
    _check_known(clips.shape)
    x = plumbing.normalize(clips, row.normalization, include_preprocessing)
    busy, quiet = _disentangle(
        x, row, busy_input, quiet_input, log_norm, quiet_scale
    )
    plan = _lateral_plan(row, lateral, phi, log_norm)
    maps = _walk_pathways(row, busy, quiet, plan, pathways)
    if include_top:
        plumbing.check_top(classes, classifier_activation)
        rate = row.dropout if dropout is None else dropout
        x = _head(maps, row, fusion, rate, classes)
        x = plumbing.activate(x, classifier_activation)
    else:
        x = _features(maps, pooling)
    name = name or f"bqn_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


def _laid_out(row, source, stride_on):
    """A row as the source of its weights wants it."""
    return replace(
        row,
        backbone=imagenet.laid_out(row.backbone, source, stride_on),
        normalization=source.normalization or row.normalization,
    )


def _check_known(shape):
    if None in tuple(shape[1:]):
        raise ValueError(
            "BQN needs a fully known clip shape, since Quiet is resized "
            f"from it. Received: input_shape={tuple(shape[1:])}."
        )


def _disentangle(x, row, busy_input, quiet_input, log_norm, quiet_scale):
    """Busy (B, N, H, W, 3) and Quiet (B, N, H', W', 3) inputs."""
    if busy_input == "band_pass":
        busy = MotionBandPass(
            row.stem_kernel,
            row.stem_sigma,
            strides=3,
            log_norm=log_norm,
            name="busy_input",
            # A second difference loses digits in half precision.
            dtype="float32",
        )(x)
    else:
        busy = keras.ops.copy(x[:, 1::3])
    quiet = QuietInput(quiet_input, name="quiet_part", dtype="float32")(
        [x, busy]
    )
    height, width = (round(s * quiet_scale) for s in x.shape[2:4])
    return busy, ResizeClip(height, width, name="quiet_input")(quiet)


def _lateral_plan(row, lateral, phi, log_norm):
    """Function (index, stage, busy, quiet) -> (busy, quiet), Eq. 5.5."""
    odd, even = LATERALS[lateral]
    to_quiet, to_busy, unfiltered = PHIS[phi]
    if lateral == "bplc_identity":
        to_busy = unfiltered

    def connect(index, stage, busy, quiet):
        arrows = odd if index % 2 else even
        passed_on = busy
        if TO_BUSY in arrows:
            busy = BandPassLateralConnection(
                to_busy,
                kernel_size=row.lateral_kernels[stage - 2],
                log_norm=log_norm,
                name=f"lateral{index}_busy",
            )([quiet, busy])
        if lateral == "in_turn":
            passed_on = busy
        if TO_QUIET in arrows:
            quiet = BandPassLateralConnection(
                to_quiet, name=f"lateral{index}_quiet"
            )([passed_on, quiet])
        return busy, quiet

    return connect


def _walk_pathways(row, busy, quiet, connect, pathways):
    """Dict of the last feature maps of the pathways asked for."""
    if pathways != "both":
        x = busy if pathways == "busy" else quiet
        for step in row.steps(row.backbone, prefix=f"{pathways}_"):
            x = step.apply(x)
        return {pathways: x}
    index = 0
    pairs = zip(
        row.steps(row.backbone, prefix="busy_"),
        row.steps(row.backbone, prefix="quiet_"),
        strict=True,
    )
    for busy_step, quiet_step in pairs:
        busy, quiet = busy_step.apply(busy), quiet_step.apply(quiet)
        if busy_step.residual:
            index += 1
            busy, quiet = connect(index, busy_step.stage, busy, quiet)
    return {"busy": busy, "quiet": quiet}


def _features(maps, pooling):
    """Without the top: maps of both pathways, or one vector of both."""
    pooled = [
        plumbing.pool_features(x, pooling, prefix=f"{path}_")
        for path, x in maps.items()
    ]
    if len(pooled) == 1:
        return pooled[0]
    if pooling is None:
        return pooled
    return keras.layers.Concatenate(name="features")(pooled)


def _head(maps, row, fusion, dropout, classes):
    """Logits (B, classes) of Table 5.4's fusions."""
    features = [
        plumbing.frame_features(x, prefix=f"{path}_")
        if row.head_width is None
        else clip_features(x, row.head_width, prefix=f"{path}_")
        for path, x in maps.items()
    ]
    if len(features) == 2 and fusion == "average_features":
        features = [keras.layers.Average(name="fusion")(features)]
    elif len(features) == 2 and fusion == "concat_features":
        features = [keras.layers.Concatenate(name="fusion")(features)]
    logits = _classify(features, list(maps), row, dropout, classes)
    if len(logits) == 1:
        return logits[0]
    merge = keras.layers.Maximum if fusion == "max" else keras.layers.Average
    return merge(name="fusion", dtype="float32")(logits)


def _classify(features, paths, row, dropout, classes):
    """One logits tensor for each feature tensor."""
    per_frame = row.head_width is None
    shared = plumbing.classifier(classes, 0.001 if per_frame else 0.01)
    logits = []
    for path, x in zip(paths, features, strict=False):
        x = keras.layers.Dropout(dropout, name=f"{path}_head_dropout")(x)
        if per_frame or len(features) == 1:
            x = shared(x)
        else:
            x = plumbing.classifier(classes, 0.01, f"{path}_logits")(x)
        if per_frame:
            x = keras.layers.GlobalAveragePooling1D(
                dtype="float32", name=f"{path}_consensus"
            )(x)
        logits.append(x)
    return logits


BQN.__doc__ = f"""Busy-Quiet Net: motion at full size, the rest at less.

    Takes T = 3 N frames: N segments of three consecutive frames.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        quiet_scale: Size of the Quiet frames over that of the clip.
        quiet_input: `"complement"` (Eq. 5.4), `"first_frame"` (released
            code) or `"average"`.
        busy_input: `"band_pass"`, or `"centre_frame"` to do without (an
            ablation).
        log_norm: Normalisation of all band-pass kernels: `"l1"`, `"sum"` or
            None.
        lateral: `"bplc"` (LC-IV), `"busy_to_quiet"` and `"quiet_to_busy"`
            (LC-I and LC-II), `"bidirectional"` (LC-III), `"bplc_identity"`
            (LC-V), or None. `"in_turn"`, of `bqn_x3d.py`, is bidirectional,
            and Quiet gets what Busy has become by what it got.
        phi: None (identity), `"conv"`: a 1x1x1 convolution on the way from
            Busy to Quiet, or `"conv_both"`: behind the band-pass, too, as
            in all layouts of the code but `bqn_resnet_reverse.py`.
        fusion: `"average"` or `"max"` of logits, `"average_features"` or
            `"concat_features"` (Table 5.4).
        pathways: `"both"`, or one alone: `"busy"`, `"quiet"`.
{imagenet.RESNET_DOC}
    Returns:
        A functional `keras.Model`. Without the top and without pooling it
        has two outputs: the feature maps of Busy and of Quiet.
    Raises:
        ValueError: If T is not a multiple of 3, or a choice is unknown.
    Reference: {REFERENCE}
    """

register("bqn", BQN, VARIANTS, "tsm_resnet50", REFERENCE, frames_per_segment=3)
