"""ResNet over frames: TSN, TSM, C2D, I3D and Slow-only in one table.

Papers: He et al., "Deep Residual Learning", CVPR 2016, in torchvision's v1.5
layout (the stride is in the 3x3 convolution; Keras' own ResNet puts it in the
first 1x1). Lin et al., "TSM", ICCV 2019. Feichtenhofer et al., "SlowFast
Networks", ICCV 2019, whose repository settles the temporal kernels of C2D,
I3D and Slow-only.
"""

from dataclasses import dataclass, replace

import keras

from kvideo.backbones.steps import Step
from kvideo.layers import BatchNorm, Conv3D, MaxPool3D, TemporalShift


@dataclass(frozen=True)
class ResNetSpec:
    """A row of the table.

    Attributes:
        blocks: Residual blocks in res2 to res5.
        width: Channels inside the blocks of res2; doubled at each stage.
        expansion: Channels of a block's output over those inside it.
        stem_width: Channels of the stem.
        stem_kernel: Kernel of the stem, (T, H, W).
        stem_pool: Whether a 3x3/2 maximum pooling follows the stem.
        temporal_kernels: For each stage the temporal kernels of the blocks'
            first convolutions, repeated over the blocks.
        temporal_pool: Whether pairs of frames are max-pooled after res2.
        shift_every: 0: no temporal shift; 1: in every block; 2: in every
            second one, from the first.
        fold_div: One channel in so many moves each way.
        zero_gamma: Start each block as the identity.
    """

    blocks: tuple
    width: int = 64
    expansion: int = 4
    stem_width: int = 64
    stem_kernel: tuple = (1, 7, 7)
    stem_pool: bool = True
    temporal_kernels: tuple = ((1,), (1,), (1,), (1,))
    temporal_pool: bool = False
    shift_every: int = 0
    fold_div: int = 8
    zero_gamma: bool = False


R50 = ResNetSpec(blocks=(3, 4, 6, 3))
R101 = ResNetSpec(blocks=(3, 4, 23, 3))
NANO = ResNetSpec(
    blocks=(1, 1, 1, 1),
    width=8,
    stem_width=16,
    stem_kernel=(1, 5, 5),
    fold_div=4,
)

SPECS = {
    "tsn_resnet50": R50,
    "tsn_resnet101": R101,
    "tsm_resnet50": replace(R50, shift_every=1),
    # The released TSM-R101 shifts in every second block, BQN's in every one.
    "tsm_resnet101": replace(R101, shift_every=2),
    "c2d_resnet50": replace(R50, temporal_pool=True),
    "i3d_resnet50": replace(
        R50,
        stem_kernel=(5, 7, 7),
        temporal_kernels=((3,), (3, 1), (3, 1), (1, 3)),
        temporal_pool=True,
    ),
    "slow_only_resnet50": replace(
        R50, temporal_kernels=((1,), (1,), (3,), (3,))
    ),
    "tsn_resnet_nano": NANO,
    "tsm_resnet_nano": replace(NANO, shift_every=1),
}


def steps(spec, prefix=""):
    """The steps of a ResNet.

    Args:
        spec: A `ResNetSpec`.
        prefix: Put before all names, where two backbones stand in one model.

    Returns:
        List of `Step`: stem, then the blocks of res2 to res5. Spatial stride
        32 (16 without `stem_pool`), temporal stride 2 with `temporal_pool`.
    """
    parts = [
        Step(
            f"{prefix}stem",
            1,
            lambda x: _stem(x, f"{prefix}stem", spec),
            residual=False,
        )
    ]
    index = 0
    for stage, count in enumerate(spec.blocks, start=2):
        for block in range(1, count + 1):
            parts.append(_block_step(spec, prefix, stage, block, index))
            index += 1
        if stage == 2 and spec.temporal_pool:
            parts.append(_temporal_pool_step(prefix))
    return parts


def _block_step(spec, prefix, stage, block, index):
    name = f"{prefix}res{stage}_block{block}"
    kernels = spec.temporal_kernels[stage - 2]
    return Step(
        name,
        stage,
        lambda x: _bottleneck(
            x,
            name,
            width=spec.width * 2 ** (stage - 2),
            expansion=spec.expansion,
            stride=2 if block == 1 and stage > 2 else 1,
            temporal_kernel=kernels[(block - 1) % len(kernels)],
            fold_div=spec.fold_div if _shifts(spec, block) else None,
            zero_gamma=spec.zero_gamma,
        ),
    )


def _shifts(spec, block):
    return bool(spec.shift_every) and (block - 1) % spec.shift_every == 0


def _temporal_pool_step(prefix):
    name = f"{prefix}res2_pool"
    return Step(
        name,
        2,
        MaxPool3D((2, 1, 1), name=f"{name}_max"),
        residual=False,
    )


def _stem(x, name, spec):
    x = Conv3D(
        spec.stem_width, spec.stem_kernel, (1, 2, 2), name=f"{name}_conv"
    )(x)
    x = BatchNorm(name=f"{name}_bn")(x)
    x = keras.layers.ReLU(name=f"{name}_relu")(x)
    if not spec.stem_pool:
        return x
    return MaxPool3D((1, 3, 3), (1, 2, 2), (0, 1, 1), name=f"{name}_pool")(x)


def _bottleneck(
    x, name, width, expansion, stride, temporal_kernel, fold_div, zero_gamma
):
    filters, strides = width * expansion, (1, stride, stride)
    shortcut = x
    if x.shape[-1] != filters or stride != 1:
        shortcut = Conv3D(filters, 1, strides, name=f"{name}_projection")(x)
        shortcut = BatchNorm(name=f"{name}_bn0")(shortcut)
    if fold_div:
        x = TemporalShift(fold_div, name=f"{name}_shift")(x)
    x = Conv3D(width, (temporal_kernel, 1, 1), name=f"{name}_conv1")(x)
    x = BatchNorm(name=f"{name}_bn1")(x)
    x = keras.layers.ReLU(name=f"{name}_relu1")(x)
    x = Conv3D(width, (1, 3, 3), strides, name=f"{name}_conv2")(x)
    x = BatchNorm(name=f"{name}_bn2")(x)
    x = keras.layers.ReLU(name=f"{name}_relu2")(x)
    x = Conv3D(filters, 1, name=f"{name}_conv3")(x)
    x = BatchNorm(name=f"{name}_bn3", zero_gamma=zero_gamma)(x)
    x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return keras.layers.ReLU(name=f"{name}_relu3")(x)
