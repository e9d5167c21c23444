"""MobileNetV2 over frames, with and without the temporal shift.

Papers: Sandler et al., "MobileNetV2: Inverted Residuals and Linear
Bottlenecks", CVPR 2018, Table 2; Lin et al., "TSM", ICCV 2019, whose code
settles where channels shift: before the expansion of every block that has
both an expansion and a shortcut, 10 of the 17. The spec holds what differs
between PyTorch's MobileNetV2, on which TSM stands, and Keras': where strided
convolutions pad, and the epsilon of the normalisation.
"""

from dataclasses import dataclass

import keras

from kvideo.backbones.steps import Step
from kvideo.layers import BatchNorm, Conv3D, TemporalShift
from kvideo.layers.checks import check_choice


@dataclass(frozen=True)
class MobileNetV2Spec:
    """A row of the table.

    Attributes:
        groups: Groups of equal blocks, each (expansion, channels, blocks,
            stride of the first block), as in the paper's Table 2.
        stem_width: Channels of the stem.
        last_width: Channels of the last 1x1 convolution.
        shift: Whether channels shift between frames.
        fold_div: One channel in so many moves each way.
        online_shift: Whether none comes from the next frame.
        padding: Of convolutions with stride 2: `"half"`, a zero at both ends
            (PyTorch), or `"same"`, which on even sizes has the zero at the
            bottom and the right alone (Keras; unknown sizes count as even).
        bn_epsilon: Of the batch normalisation; 1e-3 in Keras.
    """

    groups: tuple = (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )
    stem_width: int = 32
    last_width: int = 1280
    shift: bool = True
    fold_div: int = 8
    online_shift: bool = False
    padding: str = "half"
    bn_epsilon: float = 1e-5


SPECS = {
    "tsm_mobilenet_v2": MobileNetV2Spec(),
    "tsm_mobilenet_v2_nano": MobileNetV2Spec(
        groups=(
            (1, 8, 1, 1),
            (4, 16, 2, 2),
            (4, 24, 2, 2),
            (4, 32, 2, 2),
            (4, 48, 2, 2),
        ),
        stem_width=16,
        last_width=192,
        fold_div=4,
    ),
}


def steps(spec, prefix=""):
    """The steps of a MobileNetV2.

    Args:
        spec: A `MobileNetV2Spec`.
        prefix: Put before all names, where two backbones stand in one model.

    Returns:
        List of `Step`: stem, the separable convolution after it (the paper's
        first bottleneck, which has neither expansion nor shortcut and counts
        as no residual block), the inverted residuals of res2 to res5 (a
        stage begins where the size halves), and the last convolution
        (`conv5`). Spatial stride 32, temporal stride 1.
    """
    check_choice("padding", spec.padding, ("half", "same"))
    parts = [_step(spec, f"{prefix}stem", 1, _stem)]
    for name, stage, *row in _blocks(spec.groups):
        parts.append(
            _step(spec, f"{prefix}{name}", stage, _block, stage > 1, *row)
        )
    return [*parts, _step(spec, f"{prefix}conv5", 6, _last)]


def _blocks(groups):
    """Yields (name, stage, expansion, filters, stride) of each block."""
    stage, block = 1, 0
    for expansion, filters, count, first in groups:
        for stride in (first, *[1] * (count - 1)):
            stage, block = (stage + 1, 1) if stride == 2 else (stage, block + 1)
            name = f"res{stage}_block{block}" if stage > 1 else "separable"
            yield name, stage, expansion, filters, stride


def _step(spec, name, stage, function, residual=False, *row):
    return Step(name, stage, lambda x: function(x, name, spec, *row), residual)


def _stem(x, name, spec):
    return _conv_bn_relu6(x, name, "", spec, spec.stem_width, 3, 2)


def _last(x, name, spec):
    return _conv_bn_relu6(x, name, "", spec, spec.last_width)


def _block(x, name, spec, expansion, filters, stride):
    shortcut = x if stride == 1 and x.shape[-1] == filters else None
    if expansion > 1:
        if spec.shift and shortcut is not None:
            x = TemporalShift(
                spec.fold_div, spec.online_shift, name=f"{name}_shift"
            )(x)
        x = _conv_bn_relu6(x, name, 1, spec, expansion * x.shape[-1])
    x = _conv_bn_relu6(
        x, name, 2, spec, x.shape[-1], 3, stride, groups=x.shape[-1]
    )
    x = Conv3D(filters, 1, name=f"{name}_conv3")(x)
    x = BatchNorm(epsilon=spec.bn_epsilon, name=f"{name}_bn3")(x)
    if shortcut is None:
        return x
    return keras.layers.Add(name=f"{name}_add")([x, shortcut])


def _conv_bn_relu6(
    x, name, suffix, spec, filters, kernel=1, stride=1, groups=1
):
    padding = "half"
    if stride > 1 and spec.padding == "same":
        padding = "valid"
        x = _pad_as_keras(x, f"{name}_pad")
    x = Conv3D(
        filters,
        (1, kernel, kernel),
        (1, stride, stride),
        padding,
        groups=groups,
        name=f"{name}_conv{suffix}",
    )(x)
    x = BatchNorm(epsilon=spec.bn_epsilon, name=f"{name}_bn{suffix}")(x)
    return keras.layers.ReLU(6, name=f"{name}_relu{suffix}")(x)


def _pad_as_keras(x, name):
    """Zeros for a 3x3 convolution of stride 2."""
    height, width = x.shape[2:4]
    before = [int(bool(size and size % 2)) for size in (height, width)]
    widths = ((0, 0), (before[0], 1), (before[1], 1))
    return keras.layers.ZeroPadding3D(widths, name=name)(x)
