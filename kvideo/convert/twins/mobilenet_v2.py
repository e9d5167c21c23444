"""MobileNetV2 over frames, with the names of TSM's code and torchvision's.

Sandler et al., CVPR 2018. The two number the same layers differently: TSM's
code has all layers of a block in one row (`conv.0`, `conv.1`, `conv.3`, ...),
torchvision groups convolution, normalisation and activation (`conv.0.0`).
"""

import itertools

from torch import nn

from kvideo.convert.twins.parts import (
    Shifted,
    average,
    conv,
    fold,
    norm,
    shift,
    shift_online,
)

# (expansion, channels, blocks, stride).
GROUPS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def conv_norm(inside, outside, kernel=1, stride=1, groups=1):
    """Three layers."""
    sizes = (1, kernel, kernel), (1, stride, stride)
    layer = conv(2, inside, outside, *sizes, groups=groups)
    return [layer, norm(2, outside), nn.ReLU6()]


class InvertedResidual(nn.Module):
    """A block; `grouped` as torchvision's, `moves`: (frames, fold_div), of
    which the second is None where the network shifts by itself.

    torchvision's have no shift. Its weights are those that a network with one
    starts from, so the shift is there, and the name `net` is not.
    """

    def __init__(self, inside, expansion, outside, stride, grouped, moves):
        super().__init__()
        self.residual = stride == 1 and inside == outside
        self.shifts = self.residual and expansion > 1
        shifts = self.shifts and moves[1] is not None
        self.moves = moves if shifts and grouped else None
        inner = expansion * inside
        parts = []
        if expansion > 1:
            expand = conv_norm(inside, inner)
            if shifts and not grouped:
                expand[0] = Shifted(expand[0], *moves)
            parts.append(expand)
        parts.append(conv_norm(inner, inner, 3, stride, inner))
        last = conv_norm(inner, outside)[:2]
        if grouped:
            groups = (nn.Sequential(*part) for part in parts)
            self.conv = nn.Sequential(*groups, *last)
        else:
            layers = itertools.chain.from_iterable(parts)
            self.conv = nn.Sequential(*layers, *last)

    def forward(self, x):
        y = self.conv(shift(x, *self.moves) if self.moves else x)
        return x + y if self.residual else y


class MobileNetV2(nn.Module):
    """The network without its classifier."""

    def __init__(
        self, frames, grouped, groups=GROUPS, stem=32, last=1280, fold_div=8
    ):
        super().__init__()
        parts, width = [nn.Sequential(*conv_norm(3, stem, 3, 2))], stem
        for expansion, outside, count, first in groups:
            for stride in (first, *[1] * (count - 1)):
                row = (width, expansion, outside, stride, grouped)
                parts.append(InvertedResidual(*row, (frames, fold_div)))
                width = outside
        parts.append(nn.Sequential(*conv_norm(width, last)))
        self.features = nn.Sequential(*parts)


class TSMMobileNetV2(nn.Module):
    """mit-han-lab/temporal-shift-module: `base_model` and `new_fc`.

    Trained without dropout, the classifier is in `base_model` (`head`).
    """

    def __init__(self, frames, classes, last=1280, head="new_fc", **layout):
        super().__init__()
        self.frames, self.head = frames, head
        self.base_model = MobileNetV2(frames, False, last=last, **layout)
        place, _, name = head.rpartition(".")
        self.get_submodule(place).add_module(name, nn.Linear(last, classes))

    def forward(self, x):
        features = average(self.base_model.features(fold(x)))
        logits = self.get_submodule(self.head)(features)
        return logits.unflatten(0, (-1, self.frames)).mean(1)


class OnlineMobileNetV2(MobileNetV2):
    """TSM's online demo: a block takes the first channels of what it had for
    the frame before, in place of those of this one."""

    def __init__(self, frames, classes, last=1280, fold_div=8, **layout):
        super().__init__(frames, False, last=last, fold_div=None, **layout)
        self.frames, self.fold_div = frames, fold_div
        self.classifier = nn.Linear(last, classes)

    def forward(self, x):
        x = fold(x)
        for block in self.features:
            x = self.run(block, x)
        logits = self.classifier(average(x))
        return logits.unflatten(0, (-1, self.frames)).mean(1)

    def run(self, block, x):
        if not getattr(block, "shifts", False):
            return block(x)
        return x + block.conv(shift_online(x, self.frames, self.fold_div))


class ImageMobileNetV2(MobileNetV2):
    """torchvision's weights in a network that shifts, as TSM starts."""

    def __init__(self, frames, classes, last=1280, **layout):
        super().__init__(frames, True, last=last, **layout)
        self.frames = frames
        self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(last, classes))

    def forward(self, x):
        logits = self.classifier(average(self.features(fold(x))))
        return logits.unflatten(0, (-1, self.frames)).mean(1)
