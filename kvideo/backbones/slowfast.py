"""SlowFast: two ResNets at two frame rates, the fast one feeding the slow.

Paper: Feichtenhofer, Fan, Malik, He, "SlowFast Networks for Video
Recognition", ICCV 2019. The slow pathway is a Slow-only ResNet on every
alpha-th frame; the fast one has an eighth of the channels and temporal
kernels throughout. After the stem, res2, res3 and res4, a convolution over
time with stride alpha brings the fast features to the slow rate, and they are
joined to the slow ones. Kernels are those of facebookresearch/SlowFast: 5
frames at alpha 8, 7 at alpha 4, twice the fast channels.

BTSNet compares itself with a SlowFast of its own repository (`btsnet`):
alpha 8, no normalisation and no ReLU after the lateral convolutions, and
depths up to 200.
"""

from dataclasses import dataclass, replace

import keras

from kvideo.backbones import resnet
from kvideo.backbones.resnet import ResNetSpec
from kvideo.backbones.steps import Step
from kvideo.layers import BatchNorm, Conv3D


@dataclass(frozen=True)
class SlowFastSpec:
    """A row of the table.

    Attributes:
        slow: Slow pathway.
        fast: Fast pathway, with as many blocks.
        alpha: Frames of the fast pathway for each of the slow one.
        fusion_kernel: Frames under a lateral convolution.
        fusion_ratio: Its channels over those of the fast pathway.
        fusion_norm: Whether normalisation and ReLU follow it.
    """

    slow: ResNetSpec
    fast: ResNetSpec
    alpha: int = 8
    fusion_kernel: int = 5
    fusion_ratio: int = 2
    fusion_norm: bool = True


SLOW = replace(resnet.SPECS["slow_only_resnet50"], zero_gamma=True)
FAST = replace(
    SLOW,
    width=8,
    stem_width=8,
    stem_kernel=(5, 7, 7),
    temporal_kernels=((3,), (3,), (3,), (3,)),
)


def _btsnet(*blocks):
    """The SlowFast in BTSNet's repository."""
    return SlowFastSpec(
        replace(SLOW, blocks=blocks, zero_gamma=False),
        replace(FAST, blocks=blocks, zero_gamma=False),
        fusion_norm=False,
    )


SPECS = {
    "slowfast_4x16_resnet50": SlowFastSpec(SLOW, FAST),
    "slowfast_8x8_resnet50": SlowFastSpec(SLOW, FAST, alpha=4, fusion_kernel=7),
    "slowfast_btsnet_resnet50": _btsnet(3, 4, 6, 3),
    "slowfast_btsnet_resnet101": _btsnet(3, 4, 23, 3),
    "slowfast_btsnet_resnet152": _btsnet(3, 8, 36, 3),
    "slowfast_btsnet_resnet200": _btsnet(3, 24, 36, 3),
    "slowfast_nano": SlowFastSpec(
        replace(resnet.SPECS["slow_only_resnet_nano"], zero_gamma=True),
        replace(
            resnet.SPECS["i3d_resnet_nano"],
            width=4,
            stem_width=4,
            temporal_pool=False,
            zero_gamma=True,
        ),
        alpha=4,
    ),
}


def steps(spec):
    """The steps of both pathways together.

    Args:
        spec: A `SlowFastSpec`.

    Returns:
        List of `Step`: stem and residual blocks, and between the stages
        `fuse1` to `fuse4`. Each takes and returns a pair: the slow feature
        map (B, T, H, W, C) and the fast one (B, alpha T, H, W, C'). Layers
        are named `slow_<step>_<part>` and `fast_<step>_<part>`.
    """
    parts = []
    for slow, fast in zip(
        resnet.steps(spec.slow, "slow_"),
        resnet.steps(spec.fast, "fast_"),
        strict=True,
    ):
        if parts and parts[-1].stage != slow.stage:
            parts.append(_fusion_step(spec, parts[-1].stage))
        parts.append(_side_by_side(slow, fast))
    return parts


def _side_by_side(slow, fast):
    return replace(
        slow,
        name=slow.name.removeprefix("slow_"),
        apply=lambda pair: (slow.apply(pair[0]), fast.apply(pair[1])),
    )


def _fusion_step(spec, stage):
    name = f"fuse{stage}"
    return Step(
        name,
        stage,
        lambda pair: (_fuse(*pair, name, spec), pair[1]),
        residual=False,
    )


def _fuse(slow, fast, name, spec):
    """The slow features with the fast ones at the slow rate behind them."""
    x = Conv3D(
        spec.fusion_ratio * fast.shape[-1],
        (spec.fusion_kernel, 1, 1),
        (spec.alpha, 1, 1),
        name=f"{name}_conv",
    )(fast)
    if spec.fusion_norm:
        x = BatchNorm(name=f"{name}_bn")(x)
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
    return keras.layers.Concatenate(name=f"{name}_concat")([slow, x])
