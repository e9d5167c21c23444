"""The released multi-temporal network: two streams from the stem to the end.

Paper: Stergiou and Poppe, "Multi-Temporal Convolutions for Human Action
Recognition in Videos". Released code: alexandrosstergiou's repository
Squeeze-and-Recursion-Temporal-Gates, network/MTnet.py, another network than
the paper's: no X3D, 3x3x3 blocks of four convolutions with the widths of a
ResNet-18. The first r of the channels are the short stream, the rest the long
one, at half the length, height and width; each convolution is two, one a
stream, and a 1x1x1 that adds the short result to the long one.

As in the code:
- Frames are kept where squared cosines are highest, the most redundant ones;
  space is averaged (its SoftPool is switched off).
- The batch normalisation of the long stream is applied twice with the same
  weights, to its own result and to what comes from the short one.

Deviations: at odd sizes the code repeats a row and a column in front of the
stem's pooling, and it enlarges long streams below 3x3 before a shortcut; here
both keep their sizes, and the long stream needs two rows at its first stage.
"""

from dataclasses import dataclass
from functools import partial

import keras

from kvideo.layers import (
    AveragePool3D,
    BatchNorm,
    Conv3D,
    MaxPool3D,
    ResizeClip,
    TripletCosineFrameSelection,
)
from kvideo.layers.mt_conv import split_channels

STREAMS = ("short", "long")


@dataclass(frozen=True)
class ReleasedSpec:
    """A row of the table.

    Attributes:
        blocks: Residual blocks in res2 to res5.
        widths: Channels of the stages, both streams together; the stem has
            `widths[0]`.
    """

    blocks: tuple
    widths: tuple = (64, 128, 256, 512)


SPECS = {
    "s": ReleasedSpec((2, 2, 5, 3)),
    "m": ReleasedSpec((3, 4, 6, 3)),
    "l": ReleasedSpec((3, 4, 23, 3)),
}


def streams(x, spec, ratio, last):
    """The short and the long stream after the last stage.

    Args:
        x: Clips (B, T, H, W, 3).
        spec: A `ReleasedSpec`.
        ratio: Share r of the short stream, above 0 and below 1.
        last: Function of (x, name) before a block's output is added to its
            input, once for each stream.

    Returns:
        List of two feature maps, (B, T, H, W, C), of different sizes.
    """
    pair = _stem(x, spec.widths[0], ratio)
    for stage, (count, width) in enumerate(
        zip(spec.blocks, spec.widths, strict=True), start=2
    ):
        for block in range(1, count + 1):
            strided = block == 1 and stage > 2
            name = f"res{stage}_block{block}"
            pair = _block(pair, name, width, strided, ratio, last)
    return pair


def _select(x, name):
    """Half of the frames, from three on."""
    return TripletCosineFrameSelection(
        select="highest", squared=True, name=f"{name}select"
    )(x)


def _halve(x, name):
    """Half of the height and width, then of the frames."""
    if None in x.shape[2:4] or min(x.shape[2:4]) < 2:
        raise ValueError(
            "The released network halves the frames that reach each of its "
            "convolutions, down to res5: they must be known and at least "
            f"2x2 there. {name} receives {tuple(x.shape)}, (B, T, H, W, C). "
            "Give frames of at least 33x33."
        )
    return _select(AveragePool3D((1, 2, 2), name=f"{name}pool")(x), name)


def _stem(x, width, ratio):
    x = Conv3D(width, (3, 7, 7), (1, 2, 2), name="stem_conv")(x)
    x = keras.layers.ReLU(name="stem_relu")(BatchNorm(name="stem_bn")(x))
    if any(side is not None and side % 2 for side in x.shape[2:4]):
        # The code repeats the first row and column. Zeros do the same here:
        # behind a ReLU they never win a maximum.
        pad = keras.layers.ZeroPadding3D(
            ((0, 0), (1, 0), (1, 0)), name="stem_pad"
        )
        x = pad(x)
    x = MaxPool3D((1, 3, 3), (1, 2, 2), (0, 1, 1), name="stem_max")(x)
    x = _select(x, "stem_")
    short, _ = split_channels(width, ratio)
    return [x[..., :short], _halve(x[..., short:], "stem_long")]


def _block(pair, name, width, strided, ratio, last):
    """Four convolutions, squeeze and recursion, and the shortcut."""
    step = 2 if strided else 1
    convolve = partial(_convolve, ratio=ratio)
    before = pair[0].shape[-1] + pair[1].shape[-1]
    shortcut = pair
    if strided:
        wide = [pair[0], _at_least_3x3(pair[1], f"{name}_widen")]
        shortcut = convolve(
            wide, f"{name}_projection", width, 1, step, lateral=False
        )
    for index, (filters, kernel, strides) in enumerate(
        ((width, 1, 1), (before, 1, 1), (width, 3, step)), start=1
    ):
        pair = convolve(pair, f"{name}_conv{index}", filters, kernel, strides)
        pair = _each(keras.layers.ReLU, f"{name}_relu{index}", pair)
    kernel = 1 if strided else (1, 3, 3)
    pair = convolve(pair, f"{name}_conv4", width, kernel)
    pair = [
        last(x, f"{name}_{stream}")
        for stream, x in zip(STREAMS, pair, strict=True)
    ]
    shortcut = [shortcut[0], _resized_as(shortcut[1], pair[1], f"{name}_fit")]
    pair = _each(
        keras.layers.Add, f"{name}_add", zip(pair, shortcut, strict=True)
    )
    return _each(keras.layers.ReLU, f"{name}_relu4", pair)


def _at_least_3x3(long, name):
    """What the code makes of a long stream of less, before it is strided."""
    return ResizeClip(3, 3, name=name)(long) if long.shape[2] < 3 else long


def _resized_as(x, other, name):
    frames, height, width = other.shape[1:4]
    if x.shape[1:4] == other.shape[1:4]:
        return x
    return ResizeClip(height, width, frames, name=name)(x)


def _each(layer, name, pair):
    """A layer for each stream."""
    return [
        layer(name=f"{name}{stream}")(x)
        for stream, x in zip(STREAMS, pair, strict=True)
    ]


def _convolve(pair, name, filters, kernel, strides=1, *, ratio, lateral=True):
    """A convolution for each stream, and from the short to the long one."""
    short, long = (
        Conv3D(width, kernel, strides, name=f"{name}{stream}")(x)
        for stream, width, x in zip(
            STREAMS, split_channels(filters, ratio), pair, strict=True
        )
    )
    norm = BatchNorm(name=f"{name}longbn")
    result = norm(long)
    if lateral:
        x = _halve(short, f"{name}lateral")
        _, frames, height, width, _ = long.shape
        # Also where it changes nothing: the network has the same layers, in
        # the same order, for every size of clips.
        x = ResizeClip(height, width, frames, name=f"{name}lateralresize")(x)
        x = Conv3D(long.shape[-1], 1, name=f"{name}lateral")(x)
        result = keras.layers.Add(name=f"{name}sum")([result, norm(x)])
    return [BatchNorm(name=f"{name}shortbn")(short), result]
