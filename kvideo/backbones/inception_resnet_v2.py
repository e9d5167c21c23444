"""Inception-ResNet-v2 over frames.

Paper: Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of
Residual Connections on Learning", AAAI 2017, in the layout of TF-slim's
release, which `keras.applications` shares: 35x35 maps have 320 channels
where the paper has 256 (Figure 15), and blocks differ in width accordingly.
Step names are slim's, since papers place their operators by them. As in the
PyTorch port, normalisations have a scale; Keras' and slim's have none, which
a scale of 1 equals.
"""

from dataclasses import dataclass

import keras

from kvideo.backbones.steps import Step
from kvideo.layers import AveragePool3D, BatchNorm, Conv3D, MaxPool3D


@dataclass(frozen=True)
class InceptionResNetV2Spec:
    """A row of the table.

    Attributes:
        blocks: Numbers of block35, block17 and block8.
        divisor: All widths are the published ones divided by it.
    """

    blocks: tuple = (10, 20, 10)
    divisor: int = 1


SPECS = {
    "inception_resnet_v2": InceptionResNetV2Spec(),
    "inception_resnet_v2_nano": InceptionResNetV2Spec((1, 1, 2), divisor=8),
}
EPSILON = 1e-3

# Convolutions are (filters, (height, width) of the kernel).
_STEM = (
    # step, convolution, stride, padding
    ("conv2d_1a", (32, (3, 3)), 2, "valid"),
    ("conv2d_2a", (32, (3, 3)), 1, "valid"),
    ("conv2d_2b", (64, (3, 3)), 1, "half"),
    ("maxpool_3a", None, 2, "valid"),
    ("conv2d_3b", (80, (1, 1)), 1, "valid"),
    ("conv2d_4a", (192, (3, 3)), 1, "valid"),
    ("maxpool_5a", None, 2, "valid"),
)
_BRANCHES = {
    "mixed_5b": (
        ((96, (1, 1)),),
        ((48, (1, 1)), (64, (5, 5))),
        ((64, (1, 1)), (96, (3, 3)), (96, (3, 3))),
    ),
    "block35": (
        ((32, (1, 1)),),
        ((32, (1, 1)), (32, (3, 3))),
        ((32, (1, 1)), (48, (3, 3)), (64, (3, 3))),
    ),
    "mixed_6a": (
        ((384, (3, 3)),),
        ((256, (1, 1)), (256, (3, 3)), (384, (3, 3))),
    ),
    "block17": (
        ((192, (1, 1)),),
        ((128, (1, 1)), (160, (1, 7)), (192, (7, 1))),
    ),
    "mixed_7a": (
        ((256, (1, 1)), (384, (3, 3))),
        ((256, (1, 1)), (288, (3, 3))),
        ((256, (1, 1)), (288, (3, 3)), (320, (3, 3))),
    ),
    "block8": (
        ((192, (1, 1)),),
        ((192, (1, 1)), (224, (1, 3)), (256, (3, 1))),
    ),
}
_STAGES = (
    # stage, entry, residual blocks, their scale
    (3, "mixed_5b", "block35", 0.17),
    (4, "mixed_6a", "block17", 0.1),
    (5, "mixed_7a", "block8", 0.2),
)
_POOL_WIDTH = 64  # of mixed_5b's pooled branch
_LAST_WIDTH = 1536


def steps(spec, prefix=""):
    """The steps of an Inception-ResNet-v2.

    Args:
        spec: An `InceptionResNetV2Spec`.
        prefix: Put before all names, where two backbones stand in one model.

    Returns:
        List of `Step`: the stem (`conv2d_1a` to `maxpool_5a`), `mixed_5b`,
        `block35_1`, ..., `mixed_6a`, `block17_1`, ..., `mixed_7a`,
        `block8_1`, ..., `conv2d_7b`. Stages count by stride, as a ResNet's:
        3 for block35, 4 for block17, 5 for block8. Convolutions without
        padding: 299 pixels become 35, 17 and 8, and 75 are the least.
        Temporal stride 1.
    """
    parts = [
        _step(f"{prefix}{name}", 1, _stem, spec, *row) for name, *row in _STEM
    ]
    for (stage, entry, kind, scale), count in zip(
        _STAGES, spec.blocks, strict=True
    ):
        function = _inception if entry == "mixed_5b" else _reduction
        row = (spec, _BRANCHES[entry])
        parts.append(_step(f"{prefix}{entry}", stage, function, *row))
        for index in range(1, count + 1):
            name = f"{prefix}{kind}_{index}"
            last = kind == "block8" and index == count
            row = (spec, _BRANCHES[kind], None if last else scale)
            parts.append(_step(name, stage, _residual_block, *row))
    row = ("", spec, (_LAST_WIDTH, (1, 1)))
    return [*parts, _step(f"{prefix}conv2d_7b", 6, _conv_bn_relu, *row)]


def _step(name, stage, function, *row):
    return Step(
        name,
        stage,
        lambda x: function(x, name, *row),
        residual=function is _residual_block,
    )


def _stem(x, name, spec, conv, stride, padding):
    if conv is None:
        return MaxPool3D((1, 3, 3), (1, 2, 2), name=f"{name}_pool")(x)
    return _conv_bn_relu(x, name, "", spec, conv, stride, padding)


def _inception(x, name, spec, branches):
    parts = _branches(x, name, spec, branches)
    pooled = AveragePool3D(
        (1, 3, 3), 1, (0, 1, 1), count_padding=False, name=f"{name}_pool"
    )(x)
    convs = ((_POOL_WIDTH, (1, 1)),)
    pooled = _branch(pooled, name, spec, len(branches), convs)
    return _concatenate([*parts, pooled], name)


def _reduction(x, name, spec, branches):
    parts = _branches(x, name, spec, branches, reduce=True)
    pooled = MaxPool3D((1, 3, 3), (1, 2, 2), name=f"{name}_pool")(x)
    return _concatenate([*parts, pooled], name)


def _residual_block(x, name, spec, branches, scale):
    """`relu(x + scale * f(x))`; the last one, without scale, `x + f(x)`."""
    y = _concatenate(_branches(x, name, spec, branches), name)
    y = Conv3D(x.shape[-1], 1, use_bias=True, name=f"{name}_conv")(y)
    if scale is None:
        return keras.layers.Add(name=f"{name}_add")([x, y])
    y = keras.layers.Rescaling(scale, name=f"{name}_scale")(y)
    x = keras.layers.Add(name=f"{name}_add")([x, y])
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _concatenate(parts, name):
    return keras.layers.Concatenate(name=f"{name}_concat")(parts)


def _branches(x, name, spec, branches, reduce=False):
    return [
        _branch(x, name, spec, index, convs, reduce)
        for index, convs in enumerate(branches)
    ]


def _branch(x, name, spec, index, convs, reduce=False):
    """Convolutions in a row; if `reduce`, the last one halves the size."""
    for number, conv in enumerate(convs, start=1):
        halves = reduce and number == len(convs)
        stride, padding = (2, "valid") if halves else (1, "half")
        part = f"b{index}n{number}"
        x = _conv_bn_relu(x, name, part, spec, conv, stride, padding)
    return x


def _conv_bn_relu(x, name, part, spec, conv, stride=1, padding="half"):
    filters, (height, width) = conv
    x = Conv3D(
        filters // spec.divisor,
        (1, height, width),
        (1, stride, stride),
        padding,
        name=f"{name}_{part}conv",
    )(x)
    x = BatchNorm(epsilon=EPSILON, name=f"{name}_{part}bn")(x)
    return keras.layers.ReLU(name=f"{name}_{part}relu")(x)
