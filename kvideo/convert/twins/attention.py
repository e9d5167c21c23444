"""Networks of TSM's code with attention: NL and RNL.

Wang et al., CVPR 2018; Huang and Bors, ICPR 2020. Both wrap some blocks: a
block's tensors are then under `block`, those of the attention under `nl`, and
RNL's channel gate under `cg`.
"""

import torch
from torch import nn
from torch.nn import functional as F

from kvideo.convert.twins.parts import conv, fold, norm, unfold
from kvideo.convert.twins.resnet import TSM

# Of the stages 1 and 2 (res3, res4): every second block.
PLACES = {1: (0, 2), 2: (0, 2, 4)}
# RNL's regions at these stages.
REGIONS = {1: (3, 7, 7), 2: (3, 3, 3)}
# Channels of a group of RNL's masked kernel.
GROUP = 32


def attend(queries, keys, values):
    """Softmax attention over all positions of (B, C, T, H, W)."""
    q, k, v = (x.flatten(2) for x in (queries, keys, values))
    weights = (q.transpose(1, 2) @ k).softmax(2)
    return (v @ weights.transpose(1, 2)).unflatten(2, queries.shape[2:])


def projection(channels, inner):
    """The way back, which ends in a normalisation."""
    back = conv(3, inner, channels, bias=True)
    return nn.Sequential(back, norm(3, channels))


class NonLocal(nn.Module):
    """Keys and values are pooled behind their convolutions, unscaled."""

    def __init__(self, channels):
        super().__init__()
        inner = channels // 2
        self.theta = conv(3, channels, inner, bias=True)
        pool = nn.MaxPool3d((1, 2, 2))
        self.g = nn.Sequential(conv(3, channels, inner, bias=True), pool)
        self.phi = nn.Sequential(conv(3, channels, inner, bias=True), pool)
        self.W = projection(channels, inner)

    def forward(self, x):
        return x + self.W(attend(self.theta(x), self.phi(x), self.g(x)))


class MaskedConv(nn.Module):
    """A channel-wise convolution as one of groups, with a mask of zeros."""

    def __init__(self, channels, kernel):
        super().__init__()
        self.groups = max(channels // GROUP, 1)
        self.padding = tuple(k // 2 for k in kernel)
        inside = channels // self.groups
        like = conv(3, channels, channels, kernel, groups=self.groups).weight
        mask = like.detach().clone().zero_()
        rows = torch.arange(channels)
        mask[rows, rows % inside] = 1
        self.mask = nn.Parameter(mask, requires_grad=False)
        self.weight = nn.Parameter(like.detach() * mask)

    def forward(self, x):
        kernel = self.weight * self.mask
        return F.conv3d(x, kernel, padding=self.padding, groups=self.groups)


class RegionNonLocal(nn.Module):
    """Regions are compared; `theta` makes the values."""

    def __init__(self, channels, region):
        super().__init__()
        inner = channels // 2
        self.theta = conv(3, channels, inner, bias=True)
        self.penta = MaskedConv(inner, region)
        self.W = projection(channels, inner)

    def forward(self, x):
        values = self.theta(x)
        regions = self.penta(values)
        return x + self.W(attend(regions, regions, values))


class ChannelGate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        inner = channels // 2
        self.W_k = conv(3, channels, 1, bias=True)
        self.W_v1 = nn.Linear(channels, inner)
        self.bn1 = nn.BatchNorm1d(inner)
        self.W_v2 = nn.Linear(inner, channels)

    def forward(self, x):
        weights = self.W_k(x).flatten(2).softmax(2)
        context = (x.flatten(2) * weights).sum(2)
        y = self.W_v2(F.relu(self.bn1(self.W_v1(context))))
        return x + y[:, :, None, None, None]


class Wrapped(nn.Module):
    """A block, and attention over the clip behind it."""

    def __init__(self, block, frames, nl, cg=None):
        super().__init__()
        self.block, self.frames = block, frames
        if cg is not None:
            self.cg = cg
        self.nl = nl

    def forward(self, x):
        x = unfold(self.block(x), self.frames)
        x = self.cg(x) if hasattr(self, "cg") else x
        return fold(self.nl(x))


class TSMNonLocal(TSM):
    def __init__(self, frames, classes, places=PLACES, **layout):
        def wrap(block, stage, index):
            if index not in places.get(stage, ()):
                return block
            channels = block.conv3.out_channels
            return Wrapped(block, frames, NonLocal(channels))

        super().__init__(frames, classes, wrap, **layout)


class RNL(TSM):
    def __init__(self, frames, classes, places=PLACES, **layout):
        def wrap(block, stage, index):
            if index not in places.get(stage, ()):
                return block
            channels = block.conv3.out_channels
            attention = RegionNonLocal(channels, REGIONS[stage])
            gated = (stage, index) == (1, 0)
            gate = ChannelGate(channels) if gated else None
            return Wrapped(block, frames, attention, gate)

        super().__init__(frames, classes, wrap, **layout)
