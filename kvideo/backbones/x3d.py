"""X3D: depthwise 3-D residual networks.

Paper: Feichtenhofer, "X3D: Expanding Architectures for Efficient Video
Recognition", CVPR 2020. Two releases differ in one thing: the SlowFast
repository normalises the projection shortcut of the first stage, pytorchvideo
does not (48 parameters); `first_shortcut_bn` chooses.
"""

from dataclasses import dataclass, replace

import keras

from kvideo.backbones.steps import Step
from kvideo.layers import BatchNorm, Conv3D


@dataclass(frozen=True)
class X3DSpec:
    """A row of the table.

    Attributes:
        blocks: Residual blocks in res2 to res5.
        widths: Channels of the stages' outputs; the stem has `widths[0]`.
        bottleneck: Channels inside a block over those of its output.
        se_ratio: Channels inside squeeze-and-excitation over those it gates,
            rounded to a multiple of eight.
        first_shortcut_bn: Whether the shortcut of res2's first block has a
            batch normalisation (SlowFast: yes; pytorchvideo: no).
        last_width: Channels of the last convolution; None: as many as inside
            the last block.
        temporal_strides: Temporal stride of each stage's first block.
        zero_gamma: Start each block as the identity.
    """

    blocks: tuple
    widths: tuple = (24, 48, 96, 192)
    bottleneck: float = 2.25
    se_ratio: float = 1 / 16
    first_shortcut_bn: bool = False
    last_width: int | None = None
    temporal_strides: tuple = (1, 1, 1, 1)
    zero_gamma: bool = True


M = X3DSpec(blocks=(3, 5, 11, 7))
SPECS = {
    "x3d_xs": M,
    "x3d_s": M,
    "x3d_m": M,
    "x3d_l": replace(M, blocks=(5, 10, 25, 15)),
    "x3d_nano": X3DSpec(blocks=(1, 2, 2, 1), widths=(12, 24, 32, 48)),
}


def steps(spec, prefix="", middle=None, last=None):
    """The steps of an X3D.

    Args:
        spec: An `X3DSpec`.
        prefix: Put before all names, where two backbones stand in one model.
        middle: Stands in every block for what is between its 1x1x1
            convolutions: a function of (x, name, width, strides, stage) that
            returns what enters the second one, its layers named
            `<name>_<part>`. Default: X3D's, see `plain_middle`.
        last: A function of (x, name), before a block's output is added to its
            input. Default: nothing.

    Returns:
        List of `Step`: stem, the blocks of res2 to res5, and the last
        convolution (`conv5`). Spatial stride 32, temporal stride as the
        spec's.
    """
    parts = [
        Step(
            f"{prefix}stem",
            1,
            lambda x: _stem(x, f"{prefix}stem", spec.widths[0]),
            residual=False,
        )
    ]
    for stage, count in enumerate(spec.blocks, start=2):
        for block in range(1, count + 1):
            parts.append(_block_step(spec, prefix, stage, block, middle, last))
    name = f"{prefix}conv5"
    filters = spec.last_width or inner_width(spec, spec.widths[-1])
    parts.append(
        Step(
            name,
            6,
            lambda x: _conv_bn_relu(x, name, "", filters, 1),
            residual=False,
        )
    )
    return parts


def inner_width(spec, width):
    """Channels inside a block whose output has `width`."""
    return int(spec.bottleneck * width)


def plain_middle(squeezed):
    """The default `middle` of `steps`: 3x3x3 depthwise, and Swish.

    Args:
        squeezed: Channels inside squeeze-and-excitation between the two, or
            None for none.
    """

    def middle(x, name, width, strides, stage):
        x = Conv3D(width, 3, strides, groups=width, name=f"{name}_conv2")(x)
        x = BatchNorm(name=f"{name}_bn2")(x)
        if squeezed:
            x = _squeeze_excite(x, name, squeezed)
        return keras.layers.Activation("silu", name=f"{name}_swish")(x)

    return middle


def _block_step(spec, prefix, stage, block, middle, last):
    width = spec.widths[stage - 2]
    # Squeeze-and-excitation in every second block, from the first.
    squeezed = squeezed_width(spec, width) if block % 2 else None
    middle = middle or plain_middle(squeezed)
    strides = (1, 1, 1)
    if block == 1:
        strides = (spec.temporal_strides[stage - 2], 2, 2)
    name = f"{prefix}res{stage}_block{block}"
    return Step(
        name,
        stage,
        lambda x: _block(x, name, spec, stage, strides, middle, last),
    )


def squeezed_width(spec, width, divisor=8):
    """Channels inside squeeze-and-excitation: SlowFast's `round_width`."""
    target = inner_width(spec, width) * spec.se_ratio
    rounded = max(divisor, int(target + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * target else rounded


def _stem(x, name, width):
    x = Conv3D(width, (1, 3, 3), (1, 2, 2), name=f"{name}_space")(x)
    return _conv_bn_relu(x, name, "", width, (5, 1, 1), groups=width)


def _conv_bn_relu(x, name, suffix, filters, kernel, **kwargs):
    x = Conv3D(filters, kernel, name=f"{name}_conv{suffix}", **kwargs)(x)
    x = BatchNorm(name=f"{name}_bn{suffix}")(x)
    return keras.layers.ReLU(name=f"{name}_relu{suffix}")(x)


def _block(x, name, spec, stage, strides, middle, last):
    filters = spec.widths[stage - 2]
    inner = inner_width(spec, filters)
    shortcut = x
    if x.shape[-1] != filters or max(strides) > 1:
        shortcut = Conv3D(filters, 1, strides, name=f"{name}_projection")(x)
        if stage > 2 or spec.first_shortcut_bn:
            shortcut = BatchNorm(name=f"{name}_bn0")(shortcut)
    x = _conv_bn_relu(x, name, 1, inner, 1)
    x = middle(x, name, inner, strides, stage)
    x = Conv3D(filters, 1, name=f"{name}_conv3")(x)
    x = BatchNorm(name=f"{name}_bn3", zero_gamma=spec.zero_gamma)(x)
    x = x if last is None else last(x, name)
    x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return keras.layers.ReLU(name=f"{name}_relu3")(x)


def _squeeze_excite(x, name, squeezed):
    channels = x.shape[-1]
    gate = keras.layers.GlobalAveragePooling3D(
        keepdims=True, name=f"{name}_sepool"
    )(x)
    gate = Conv3D(squeezed, 1, use_bias=True, name=f"{name}_se1")(gate)
    gate = keras.layers.ReLU(name=f"{name}_serelu")(gate)
    gate = Conv3D(channels, 1, use_bias=True, name=f"{name}_se2")(gate)
    gate = keras.layers.Activation("sigmoid", name=f"{name}_segate")(gate)
    return keras.layers.Multiply(name=f"{name}_semul")([x, gate])
