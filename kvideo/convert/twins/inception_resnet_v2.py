"""Inception-ResNet-v2 with the names of Cadene's pretrained-models.pytorch.

Szegedy et al., AAAI 2017. On every frame; logits are averaged. The published
file has a background class in front of ImageNet's 1000.
"""

from dataclasses import dataclass

import torch
from torch import nn

from kvideo.convert.twins.parts import average, fold

EPSILON = 1e-3


@dataclass(frozen=True)
class Sizes:
    """All widths are the published ones over `divisor`."""

    blocks: tuple = (10, 20, 9)
    divisor: int = 1


class BasicConv(nn.Module):
    def __init__(self, inside, outside, kernel=1, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(
            inside, outside, kernel, stride, padding, bias=False
        )
        self.bn = nn.BatchNorm2d(outside, eps=EPSILON)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()


def branch(inside, sizes, *layers):
    """Layers of (width, kernel, stride), padded by half unless they stride."""
    parts = []
    for width, kernel, *stride in layers:
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = 0 if stride else tuple(k // 2 for k in kernel)
        outside = width // sizes.divisor
        parts.append(
            BasicConv(inside, outside, kernel, *(stride or (1,)), padding)
        )
        inside = outside
    return parts[0] if len(parts) == 1 else nn.Sequential(*parts)


class Branches(nn.Module):
    """Branches side by side."""

    def __init__(self, inside, sizes, *branches):
        super().__init__()
        self.count = len(branches)
        for number, layers in enumerate(branches):
            part = layers
            if not isinstance(layers, nn.Module):
                part = branch(inside, sizes, *layers)
            self.add_module(f"branch{number}", part)

    def forward(self, x):
        parts = (getattr(self, f"branch{n}") for n in range(self.count))
        return torch.cat([part(x) for part in parts], 1)


class Residual(Branches):
    """A block; the last of all has neither scale nor activation."""

    def __init__(self, channels, sizes, scale, *branches):
        super().__init__(channels, sizes, *branches)
        joint = sum(layers[-1][0] // sizes.divisor for layers in branches)
        self.scale = scale
        self.conv2d = nn.Conv2d(joint, channels, 1)

    def forward(self, x):
        y = self.conv2d(super().forward(x))
        return x + y if self.scale is None else (x + self.scale * y).relu()


BLOCK35 = (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3)))
BLOCK17 = (((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1))))
BLOCK8 = (((192, 1),), ((192, 1), (224, (1, 3)), (256, (3, 1))))


class InceptionResNetV2(nn.Module):
    def __init__(self, frames, classes, **sizes):
        super().__init__()
        self.frames = frames
        sizes = Sizes(**sizes)
        widths = (n // sizes.divisor for n in (32, 32, 64, 80, 192))
        a, b, c, d, e = widths
        self.conv2d_1a = BasicConv(3, a, 3, 2)
        self.conv2d_2a = BasicConv(a, b, 3)
        self.conv2d_2b = BasicConv(b, c, 3, 1, 1)
        self.maxpool_3a = nn.MaxPool2d(3, 2)
        self.conv2d_3b = BasicConv(c, d)
        self.conv2d_4a = BasicConv(d, e, 3)
        self.maxpool_5a = nn.MaxPool2d(3, 2)
        pooled = nn.Sequential(
            nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            branch(e, sizes, (64, 1)),
        )
        self.mixed_5b = Branches(
            *(e, sizes, ((96, 1),), ((48, 1), (64, 5))),
            ((64, 1), (96, 3), (96, 3)),
            pooled,
        )
        width = sum(n // sizes.divisor for n in (96, 64, 96, 64))
        self.repeat = self.residuals(0, width, sizes, 0.17, BLOCK35)
        self.mixed_6a = Branches(
            *(width, sizes, ((384, 3, 2),)),
            ((256, 1), (256, 3), (384, 3, 2)),
            nn.MaxPool2d(3, 2),
        )
        width += 2 * (384 // sizes.divisor)
        self.repeat_1 = self.residuals(1, width, sizes, 0.1, BLOCK17)
        self.mixed_7a = Branches(
            *(width, sizes, ((256, 1), (384, 3, 2))),
            ((256, 1), (288, 3, 2)),
            ((256, 1), (288, 3), (320, 3, 2)),
            nn.MaxPool2d(3, 2),
        )
        width += sum(n // sizes.divisor for n in (384, 288, 320))
        self.repeat_2 = self.residuals(2, width, sizes, 0.2, BLOCK8)
        self.block8 = Residual(width, sizes, None, *BLOCK8)
        last = 1536 // sizes.divisor
        self.conv2d_7b = BasicConv(width, last)
        self.last_linear = nn.Linear(last, classes)

    def residuals(self, stage, width, sizes, scale, branches):
        count = sizes.blocks[stage]
        parts = (Residual(width, sizes, scale, *branches) for _ in range(count))
        return nn.Sequential(*parts)

    def forward(self, x):
        x = fold(x)
        # Modules stand in the order in which they follow one another.
        *features, last = self.children()
        for part in features:
            x = part(x)
        return last(average(x)).unflatten(0, (-1, self.frames)).mean(1)
