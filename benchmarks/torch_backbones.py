"""ResNet, BTSNet, X3D and MobileNetV2 in PyTorch; see `torch_networks.py`.

A backbone is a function of a spec, a row of kvideo's table with `folded`
(frames stand in the batch) and `frames` added, and returns its named steps
and the channels of their output.
"""

from collections import OrderedDict

from torch import nn
from torch_parts import (
    TemporalShift,
    TemporalSpatialPathway,
    conv,
    conv_norm,
    max_pool,
    norm,
)


def plain_middle(spec, stage, width, strides):
    """The named parts between the first and the last 1x1 of a block."""
    kernel = (spec.middle_temporal_kernel, 3, 3)
    return {
        "conv2": conv(spec, width, width, kernel, strides, groups=spec.groups),
        "bn2": norm(spec, width),
        "relu2": nn.ReLU(inplace=True),
    }


def pathway_middle(spec, stage, width, strides):
    if stage == 5:
        return plain_middle(spec, stage, width, strides)
    return {"tsp": TemporalSpatialPathway(spec, width, strides)}


def btsnet(spec):
    return resnet(spec, pathway_middle)


def resnet(spec, middle=plain_middle):
    stem = conv_norm(
        spec, 3, spec.stem_width, spec.stem_kernel, spec.stem_strides
    )
    if spec.stem_pool:
        padding = tuple(k // 2 for k in spec.stem_pool)
        sizes = spec.stem_pool, spec.stem_pool_strides, padding
        stem.add_module("pool", max_pool(spec, *sizes))
    steps, width = OrderedDict(stem=stem), spec.stem_width
    for stage, count in enumerate(spec.blocks, start=2):
        for block in range(1, count + 1):
            step = Bottleneck(spec, width, stage, block, middle)
            steps[f"res{stage}_block{block}"] = step
            width = step.conv3.out_channels
        if stage == 2 and spec.temporal_pool:
            steps["res2_pool"] = nn.MaxPool3d((2, 1, 1))
    return steps, width


class Bottleneck(nn.Module):
    def __init__(self, spec, inside, stage, block, middle):
        super().__init__()
        width = spec.width * 2 ** (stage - 2)
        outside, first = width * spec.expansion, block == 1
        space = 2 if first and stage > 2 else 1
        time = spec.temporal_strides[stage - 2] if first else 1
        strides, ones = (time, space, space), (1, 1, 1)
        early, late = strides, ones
        if spec.stride_on == "conv2":
            early, late = ones, strides
        kernels = spec.temporal_kernels[stage - 2]
        kernel = (kernels[(block - 1) % len(kernels)], 1, 1)
        every = spec.shift_every
        shifts = every and (block - 1) % every == 0
        self.shift = TemporalShift(spec) if shifts else nn.Identity()
        self.conv1 = conv(spec, inside, width, kernel, early)
        self.bn1 = norm(spec, width)
        parts = middle(spec, stage, width, late)
        self.middle = list(parts)
        for name, part in parts.items():
            self.add_module(name, part)
        self.conv3 = conv(spec, width, outside, ones)
        self.bn3 = norm(spec, outside)
        self.projection = self.bn0 = nn.Identity()
        if inside != outside or max(strides) > 1:
            self.projection = conv(spec, inside, outside, ones, strides)
            self.bn0 = norm(spec, outside)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        shortcut = self.bn0(self.projection(x))
        x = self.relu(self.bn1(self.conv1(self.shift(x))))
        for name in self.middle:
            x = getattr(self, name)(x)
        return self.relu(self.bn3(self.conv3(x)) + shortcut)


def x3d(spec, kind=None):
    kind = kind or X3DBlock
    width = spec.widths[0]
    stem = OrderedDict(
        space=conv(spec, 3, width, (1, 3, 3), (1, 2, 2)),
        conv=conv(spec, width, width, (5, 1, 1), groups=width),
        bn=norm(spec, width),
        relu=nn.ReLU(inplace=True),
    )
    steps = OrderedDict(stem=nn.Sequential(stem))
    for stage, count in enumerate(spec.blocks, start=2):
        for block in range(1, count + 1):
            step = kind(spec, width, stage, block)
            steps[f"res{stage}_block{block}"] = step
            width = step.conv3.out_channels
    last = spec.last_width or spec.inner[-1]
    steps["conv5"] = conv_norm(spec, width, last, (1, 1, 1))
    return steps, last


class X3DBlock(nn.Module):
    def __init__(self, spec, inside, stage, block):
        super().__init__()
        rows = spec.inner, spec.widths, spec.squeezed
        inner, outside, squeezed = (row[stage - 2] for row in rows)
        strides = (1, 2, 2) if block == 1 else (1, 1, 1)
        self.conv1 = conv(spec, inside, inner, (1, 1, 1))
        self.bn1 = norm(spec, inner)
        self.conv2 = conv(spec, inner, inner, (3, 3, 3), strides, groups=inner)
        self.bn2 = norm(spec, inner)
        self.squeezes = block % 2 == 1
        if self.squeezes:
            self.se1 = nn.Conv3d(inner, squeezed, 1)
            self.se2 = nn.Conv3d(squeezed, inner, 1)
        self.conv3 = conv(spec, inner, outside, (1, 1, 1))
        self.bn3 = norm(spec, outside)
        self.projection = self.bn0 = nn.Identity()
        if inside != outside or block == 1:
            self.projection = conv(spec, inside, outside, (1, 1, 1), strides)
            if stage > 2 or spec.first_shortcut_bn:
                self.bn0 = norm(spec, outside)
        self.relu, self.swish = nn.ReLU(inplace=True), nn.SiLU(inplace=True)

    def forward(self, x):
        shortcut = self.bn0(self.projection(x))
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        if self.squeezes:
            gate = self.relu(self.se1(x.mean((2, 3, 4), keepdim=True)))
            x = x * self.se2(gate).sigmoid()
        return self.relu(self.bn3(self.conv3(self.swish(x))) + shortcut)


def mobilenet_v2(spec):
    stem = conv_norm(
        spec, 3, spec.stem_width, (1, 3, 3), (1, 2, 2), activation=nn.ReLU6
    )
    steps, width = OrderedDict(stem=stem), spec.stem_width
    stage, block = 1, 0
    for expansion, filters, count, first in spec.groups:
        for stride in (first, *[1] * (count - 1)):
            stage, block = (stage + 1, 1) if stride == 2 else (stage, block + 1)
            name = f"res{stage}_block{block}" if stage > 1 else "separable"
            steps[name] = InvertedResidual(
                spec, width, expansion, filters, stride
            )
            width = filters
    steps["conv5"] = conv_norm(
        spec, width, spec.last_width, (1, 1, 1), activation=nn.ReLU6
    )
    return steps, spec.last_width


class InvertedResidual(nn.Module):
    def __init__(self, spec, inside, expansion, outside, stride):
        super().__init__()
        inner, one = expansion * inside, (1, 1, 1)
        strides = (1, stride, stride)
        self.residual = stride == 1 and inside == outside
        self.expands = expansion > 1
        self.shift = nn.Identity()
        if self.expands:
            if spec.shift and self.residual:
                self.shift = TemporalShift(spec)
            self.conv1 = conv(spec, inside, inner, one)
            self.bn1 = norm(spec, inner)
        self.conv2 = conv(spec, inner, inner, (1, 3, 3), strides, groups=inner)
        self.bn2 = norm(spec, inner)
        self.conv3 = conv(spec, inner, outside, one)
        self.bn3 = norm(spec, outside)
        self.relu = nn.ReLU6(inplace=True)

    def forward(self, x):
        y = self.shift(x)
        if self.expands:
            y = self.relu(self.bn1(self.conv1(y)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return x + y if self.residual else y
