"""BTSNet with the names of its authors' code.

Hong and Choi, ICIP 2021. As there, the sum of the pathways takes the place of
the first one (an addition in place), so the first weights multiply the sum;
our layer does the same with `legacy_inplace_sum=True`.
"""

import torch
from torch import nn

from kvideo.convert.twins.parts import average, conv, norm
from kvideo.convert.twins.resnet import shortcut

DILATIONS = ((1, 1, 1), (4, 4, 4), (1, 4, 4), (4, 1, 1))


def conv_norm(*sizes, relu=True, **kwargs):
    layer = conv(3, *sizes, **kwargs)
    parts = [layer, norm(3, layer.out_channels)]
    return nn.Sequential(*parts, *([nn.ReLU()] if relu else []))


class Pathways(nn.Module):
    def __init__(self, width, groups, stride):
        super().__init__()
        self.convs = nn.ModuleList()
        for dilation in DILATIONS:
            part = conv_norm(
                width,
                width,
                (3, 3, 3),
                stride,
                groups=groups,
                dilation=dilation,
            )
            part[0].padding = dilation
            self.convs.append(part)
        squeezed = max(width // 16, 32)
        self.fc = conv_norm(width, squeezed)
        self.fcs = conv(3, squeezed, len(DILATIONS) * width)

    def forward(self, x):
        features = [part(x) for part in self.convs]
        features[0] = sum(features)
        logits = self.fcs(self.fc(features[0].mean((3, 4), keepdim=True)))
        weights = logits.unflatten(1, (len(features), -1)).softmax(1)
        return (weights * torch.stack(features, 1)).sum(1)


class Plain(nn.Module):
    """In the last stage."""

    def __init__(self, width, groups, stride):
        super().__init__()
        self.conv = conv(3, width, width, (3, 3, 3), stride, groups=groups)
        self.bn = norm(3, width)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()


class Unit(nn.Module):
    def __init__(self, inside, width, outside, groups, stride, last):
        super().__init__()
        self.conv1 = conv_norm(inside, width)
        self.conv2_sk = (Plain if last else Pathways)(width, groups, stride)
        self.conv3 = conv_norm(width, outside, relu=False)
        self.shortcut = shortcut(3, inside, outside, stride)

    def forward(self, x):
        y = self.conv3(self.conv2_sk(self.conv1(x)))
        return (y + self.shortcut(x)).relu()


class BTSNet(nn.Module):
    """
    Args:
        frames: Not used.
        classes: Of the classifier.
        blocks: Of the four stages.
        groups: Of the middle convolutions.
        width: Channels inside the units of the first stage.
        outside: Channels of that stage.
        stem: Channels of the stem.
        stem_kernel: (T, H, W).
        time_strides: Temporal stride of each stage.
        pool: Kernel of the pooling behind the stem, and its `pool_stride`.
    """

    def __init__(
        self,
        frames,
        classes,
        blocks=(2, 2, 2, 2),
        groups=32,
        width=128,
        outside=256,
        stem=128,
        stem_kernel=(7, 7, 7),
        time_strides=(1, 2, 2, 2),
        pool=(3, 3, 3),
        pool_stride=(2, 2, 2),
    ):
        super().__init__()
        self.basic_conv = conv_norm(3, stem, stem_kernel, (1, 2, 2))
        padding = tuple(k // 2 for k in pool)
        self.maxpool = nn.MaxPool3d(pool, pool_stride, padding)
        inside = stem
        for stage, count in enumerate(blocks):
            units = []
            for index in range(count):
                space = 2 if stage and index == 0 else 1
                time = time_strides[stage] if index == 0 else 1
                row = width * 2**stage, outside * 2**stage, groups
                last = stage == 3
                units.append(Unit(inside, *row, (time, space, space), last))
                inside = outside * 2**stage
            self.add_module(f"stage_{stage + 1}", nn.Sequential(*units))
        self.classifier = nn.Linear(inside, classes)

    def forward(self, x):
        x = self.maxpool(self.basic_conv(x))
        for stage in range(4):
            x = getattr(self, f"stage_{stage + 1}")(x)
        return self.classifier(average(x))
