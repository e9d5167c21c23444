"""SlowFast networks.

Paper: Feichtenhofer, Fan, Malik, He, "SlowFast Networks for Video
Recognition", ICCV 2019. TxS in a variant's name: the slow pathway sees T
frames, S frames of the video apart; the clip has all frames of the fast one.

BTSNet's rows are the networks of its repository, with 101 classes in its
table. They take every second of 30 frames, so the clip has 15 of them at
stride 2; their classifier has no bias. Their initial weights were PyTorch's
defaults; ours are those of SlowFast.
"""

from dataclasses import dataclass, replace

import keras

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.backbones import slowfast
from kvideo.layers import SlowFrames
from kvideo.layers.checks import check_choice
from kvideo.layers.slow_frames import PLACEMENTS

REFERENCE = "Feichtenhofer et al., SlowFast Networks, ICCV 2019"


@dataclass(frozen=True)
class SlowFastNetworkSpec:
    """A row of the table.

    Attributes:
        backbone: Row of `kvideo.backbones.slowfast.SPECS`.
        input_shape: Default clip: the frames of the fast pathway.
        normalization: Row of `plumbing.NORMALIZATIONS`.
        classifier_bias: Whether the classifier has one.
        dropout: Rate before the classifier.
        sampler: How clips are drawn, see `kvideo.data.ClipSpec`.
        frame_stride: See `ModelInfo`.
        imagenet: Why there are no ImageNet weights.
    """

    backbone: str
    input_shape: tuple = (32, 224, 224, 3)
    normalization: str = "kinetics"
    classifier_bias: bool = True
    dropout: float = 0.5
    sampler: str = "dense"
    frame_stride: int = 2
    imagenet: str = "slowfast"


_BTSNET = SlowFastNetworkSpec(
    "slowfast_btsnet_resnet50",
    (15, 112, 112, 3),
    normalization="btsnet",
    classifier_bias=False,
)
VARIANTS = {
    "4x16_resnet50": SlowFastNetworkSpec("slowfast_4x16_resnet50"),
    "8x8_resnet50": SlowFastNetworkSpec("slowfast_8x8_resnet50"),
    **{
        f"btsnet_resnet{depth}": replace(
            _BTSNET, backbone=f"slowfast_btsnet_resnet{depth}"
        )
        for depth in (50, 101, 152, 200)
    },
    "nano": SlowFastNetworkSpec(
        "slowfast_nano", (8, 64, 64, 3), dropout=0.2, frame_stride=3
    ),
}


def SlowFast(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="8x8_resnet50",
    slow_frames="strided",
    training_size=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("slowfast", VARIANTS, variant)
    imagenet.pick_source(weights, row.imagenet)
    check_choice("slow_frames", slow_frames, PLACEMENTS)
    spec = slowfast.SPECS[row.backbone]
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    fast = plumbing.normalize(clips, row.normalization, include_preprocessing)
    slow = SlowFrames(spec.alpha, slow_frames, name="slow_frames")(fast)
    maps = slow, fast
    for step in slowfast.steps(spec):
        maps = step.apply(maps)
    if include_top:
        plumbing.check_top(classes, classifier_activation)
        rate = row.dropout if dropout is None else dropout
        window = plumbing.training_window(training_size)
        x = _join_windows(maps, window) if window else _join(maps, "avg")
        x = keras.layers.Dropout(rate, name="head_dropout")(x)
        x = plumbing.classifier(classes, 0.01, use_bias=row.classifier_bias)(x)
        end = plumbing.activate_windows if window else plumbing.activate
        x = end(x, classifier_activation)
    else:
        x = list(maps) if pooling is None else _join(maps, pooling)
    name = name or f"slowfast_{variant}"
    return plumbing.functional(clips, x, name, weights)


def _join(maps, pooling):
    """One vector a clip of both pathways: the slow, then the fast features."""
    pooled = [
        plumbing.pool_features(x, pooling, prefix=f"{path}_")
        for path, x in zip(("slow", "fast"), maps, strict=True)
    ]
    return keras.layers.Concatenate(name="features")(pooled)


def _join_windows(maps, window):
    """`_join` of each window of the size of training: (B, 1, H', W', C)."""
    pooled = [
        plumbing.pool_windows(x, window, f"{path}_avg_pool")
        for path, x in zip(("slow", "fast"), maps, strict=True)
    ]
    return keras.layers.Concatenate(name="features")(pooled)


SlowFast.__doc__ = f"""SlowFast: many channels for few frames, few for many.

    Takes the clip of the fast pathway; the slow one picks its frames from it.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        slow_frames: `"strided"`: every alpha-th frame of the clip, as in the
            paper. `"spread"`: evenly from the first to the last, as the
            released weights were trained.
        training_size: Side of the crops of training in pixels, or (H, W):
            larger clips are classified in windows of that size, and their
            probabilities averaged, as the released code tests. None: one
            mean over the clip.

    Returns:
        A functional `keras.Model`. Without the top and without pooling it
        has two outputs: the slow and the fast feature map.
    Raises:
        ValueError: If the clip is too short for a slow frame, or its T
            unknown.
    Reference: {REFERENCE}
    """

register("slowfast", SlowFast, VARIANTS, "8x8_resnet50", REFERENCE)
