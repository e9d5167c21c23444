"""ResNet over clips: TSN, TSM, C2D, I3D, Slow-only, R3D, ResNeXt-3D, one table.

Papers: He et al., "Deep Residual Learning", CVPR 2016, in torchvision's v1.5
layout (the stride is in the 3x3 convolution; Keras' own ResNet puts it in the
first 1x1: `stride_on="conv1"`). Lin et al., "TSM", ICCV 2019. Feichtenhofer
et al., "SlowFast Networks", ICCV 2019, whose repository settles the temporal
kernels of C2D, I3D and Slow-only. GluonCV's I3D pools and strides time more.
Hara et al., "Can Spatiotemporal 3D CNNs Retrace the History of 2D CNNs and
ImageNet?", CVPR 2018: R3D and ResNeXt-3D.
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
        groups: Groups of the blocks' middle convolutions.
        stem_width: Channels of the stem.
        stem_kernel: Kernel of the stem, (T, H, W).
        stem_strides: Strides of the stem, (T, H, W).
        stem_pool: Kernel of the maximum pooling after the stem, or None.
        stem_pool_strides: Strides of that pooling.
        temporal_kernels: For each stage the temporal kernels of the blocks'
            first convolutions, repeated over the blocks.
        middle_temporal_kernel: Of the blocks' middle convolutions.
        temporal_strides: Temporal stride of each stage's first block.
        temporal_pool: Whether pairs of frames are max-pooled after res2.
        stride_on: Which convolution of a block strides over space:
            `"conv2"`, the middle one, or `"conv1"`, as in Keras' ResNet.
        shift_every: 0: no temporal shift; 1: in every block; 2: in every
            second one, from the first.
        fold_div: One channel in so many moves each way.
        online_shift: Whether none comes from the next frame.
        zero_gamma: Start each block as the identity.
        bn_epsilon: Of all batch normalisations.
    """

    blocks: tuple
    width: int = 64
    expansion: int = 4
    groups: int = 1
    stem_width: int = 64
    stem_kernel: tuple = (1, 7, 7)
    stem_strides: tuple = (1, 2, 2)
    stem_pool: tuple | None = (1, 3, 3)
    stem_pool_strides: tuple = (1, 2, 2)
    temporal_kernels: tuple = ((1,), (1,), (1,), (1,))
    middle_temporal_kernel: int = 1
    temporal_strides: tuple = (1, 1, 1, 1)
    temporal_pool: bool = False
    stride_on: str = "conv2"
    shift_every: int = 0
    fold_div: int = 8
    online_shift: bool = False
    zero_gamma: bool = False
    bn_epsilon: float = 1e-5


R50 = ResNetSpec(blocks=(3, 4, 6, 3))
R101 = replace(R50, blocks=(3, 4, 23, 3))
NANO = ResNetSpec(
    blocks=(1, 1, 1, 1),
    width=8,
    stem_width=16,
    stem_kernel=(1, 5, 5),
    fold_div=4,
)
# SlowFast's repository: 3x1x1 in every second block of res3 to res5.
I3D_KERNELS = ((3,), (3, 1), (3, 1), (1, 3))
I3D50 = replace(
    R50,
    stem_kernel=(5, 7, 7),
    temporal_kernels=I3D_KERNELS,
    temporal_pool=True,
)
# 3x3x3 in every block; stem and pooling, then each stage, halve time.
R3D50 = replace(
    R50,
    stem_kernel=(7, 7, 7),
    stem_pool=(3, 3, 3),
    stem_pool_strides=(2, 2, 2),
    middle_temporal_kernel=3,
    temporal_strides=(1, 2, 2, 2),
)
RESNEXT50 = replace(R3D50, width=128, expansion=2, groups=32)

SPECS = {
    "tsn_resnet50": R50,
    "tsn_resnet101": R101,
    "tsm_resnet50": replace(R50, shift_every=1),
    # The released TSM-R101 shifts in every second block, BQN's in every one.
    "tsm_resnet101": replace(R101, shift_every=2),
    # SlowFast's repository starts the blocks of these as the identity.
    "c2d_resnet50": replace(R50, temporal_pool=True, zero_gamma=True),
    "i3d_resnet50": replace(I3D50, zero_gamma=True),
    "i3d_resnet50_gluon": replace(
        I3D50, stem_strides=(2, 2, 2), stem_pool_strides=(2, 2, 2)
    ),
    "slow_only_resnet50": replace(
        R50, temporal_kernels=((1,), (1,), (3,), (3,)), zero_gamma=True
    ),
    "r3d_resnet50": R3D50,
    "r3d_resnet101": replace(R3D50, blocks=R101.blocks),
    "resnext3d50_c32": RESNEXT50,
    "resnext3d101_c32": replace(RESNEXT50, blocks=R101.blocks),
    "tsn_resnet_nano": NANO,
    "tsm_resnet_nano": replace(NANO, shift_every=1),
    "c2d_resnet_nano": replace(NANO, temporal_pool=True),
    "i3d_resnet_nano": replace(
        NANO,
        stem_kernel=(5, 5, 5),
        temporal_kernels=((3,), (3,), (3,), (3,)),
        temporal_pool=True,
    ),
    "slow_only_resnet_nano": replace(
        NANO, temporal_kernels=((1,), (1,), (3,), (3,))
    ),
    "r3d_resnet_nano": replace(
        NANO,
        stem_kernel=(3, 5, 5),
        middle_temporal_kernel=3,
        temporal_strides=(1, 1, 2, 2),
    ),
    "resnext3d_nano": replace(
        NANO,
        width=16,
        expansion=2,
        groups=4,
        stem_kernel=(3, 5, 5),
        middle_temporal_kernel=3,
        temporal_strides=(1, 1, 2, 2),
    ),
}


def steps(spec, prefix="", middle=None):
    """The steps of a ResNet.

    Args:
        spec: A `ResNetSpec`.
        prefix: Put before all names, where two backbones stand in one model.
        middle: Stands in every block for the middle convolution with its
            normalisation and ReLU: a function of (x, name, width, strides,
            stage) that returns what enters the last convolution, its layers
            named `<name>_<part>`. Default: a convolution as the spec says.

    Returns:
        List of `Step`: stem, then the blocks of res2 to res5. Spatial stride
        32 (16 without `stem_pool`), temporal stride as the spec's.
    """
    name = f"{prefix}stem"
    parts = [Step(name, 1, lambda x: _stem(x, name, spec), residual=False)]
    for stage, count in enumerate(spec.blocks, start=2):
        for block in range(1, count + 1):
            parts.append(_block_step(spec, prefix, stage, block, middle))
        if stage == 2 and spec.temporal_pool:
            parts.append(_temporal_pool_step(prefix))
    return parts


def plain_middle(spec):
    """The default `middle` of `steps`: convolution, normalisation, ReLU."""

    def middle(x, name, width, strides, stage):
        return _conv_bn_relu(
            x,
            name,
            2,
            spec,
            width,
            (spec.middle_temporal_kernel, 3, 3),
            strides=strides,
            groups=spec.groups,
        )

    return middle


def _block_step(spec, prefix, stage, block, middle):
    name = f"{prefix}res{stage}_block{block}"
    kernels = spec.temporal_kernels[stage - 2]
    first = block == 1
    stride = 2 if first and stage > 2 else 1
    return Step(
        name,
        stage,
        lambda x: _bottleneck(
            x,
            name,
            spec,
            stage,
            strides=(
                spec.temporal_strides[stage - 2] if first else 1,
                stride,
                stride,
            ),
            temporal_kernel=kernels[(block - 1) % len(kernels)],
            shifted=_shifts(spec, block),
            middle=middle or plain_middle(spec),
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
    x = _conv_bn_relu(
        x,
        name,
        "",
        spec,
        spec.stem_width,
        spec.stem_kernel,
        strides=spec.stem_strides,
    )
    if spec.stem_pool is None:
        return x
    padding = tuple(k // 2 for k in spec.stem_pool)
    return MaxPool3D(
        spec.stem_pool, spec.stem_pool_strides, padding, name=f"{name}_pool"
    )(x)


def _bottleneck(
    x, name, spec, stage, strides, temporal_kernel, shifted, middle
):
    width = spec.width * 2 ** (stage - 2)
    filters = width * spec.expansion
    shortcut = x
    if x.shape[-1] != filters or max(strides) > 1:
        shortcut = _conv_bn(x, name, "projection", 0, spec, filters, strides)
    if shifted:
        x = TemporalShift(
            spec.fold_div, spec.online_shift, name=f"{name}_shift"
        )(x)
    first, second = (1, 1, 1), strides
    if spec.stride_on == "conv1":
        first, second = strides, (1, 1, 1)
    x = _conv_bn_relu(
        x, name, 1, spec, width, (temporal_kernel, 1, 1), strides=first
    )
    x = middle(x, name, width, second, stage)
    x = Conv3D(filters, 1, name=f"{name}_conv3")(x)
    x = _bn(spec, f"{name}_bn3", zero_gamma=spec.zero_gamma)(x)
    x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return keras.layers.ReLU(name=f"{name}_relu3")(x)


def _conv_bn(x, name, part, index, spec, filters, strides):
    x = Conv3D(filters, 1, strides, name=f"{name}_{part}")(x)
    return _bn(spec, f"{name}_bn{index}")(x)


def _conv_bn_relu(x, name, index, spec, filters, kernel, **kwargs):
    x = Conv3D(filters, kernel, name=f"{name}_conv{index}", **kwargs)(x)
    x = _bn(spec, f"{name}_bn{index}")(x)
    return keras.layers.ReLU(name=f"{name}_relu{index}")(x)


def _bn(spec, name, **kwargs):
    return BatchNorm(epsilon=spec.bn_epsilon, name=name, **kwargs)
