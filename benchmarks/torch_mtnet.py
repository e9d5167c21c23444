"""MTNet in PyTorch; see `torch_networks.py`.

SoftPool is written as its authors' code without CUDA has it, two average
pools of exponentials, which overflow where kvideo's do not.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch_backbones import x3d
from torch_parts import conv, norm


def mtnet(spec):
    steps, width = x3d(spec, MTNetBlock)
    steps["stem"].add_module("select", SelectHalf())
    return steps, width


class MTNetBlock(nn.Module):
    def __init__(self, spec, inside, stage, block):
        super().__init__()
        inner, outside = spec.inner[stage - 2], spec.widths[stage - 2]
        strides, ones = (1, 1, 1), (1, 1, 1)
        if block == 1:
            strides = (spec.temporal_strides[stage - 2], 2, 2)
        self.conv1 = conv(spec, inside, inner, ones)
        self.bn1 = norm(spec, inner)
        self.mtconv = MTConv(spec, inner, spec.local[stage - 2], strides)
        self.conv3 = conv(spec, inner, outside, ones)
        self.bn3 = norm(spec, outside)
        self.recursion = SqueezeRecursion(outside)
        self.projection = self.bn0 = nn.Identity()
        if inside != outside or block == 1:
            self.projection = conv(spec, inside, outside, ones, strides)
            if stage > 2 or spec.first_shortcut_bn:
                self.bn0 = norm(spec, outside)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        shortcut = self.bn0(self.projection(x))
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.bn3(self.conv3(self.mtconv(x)))
        return self.relu(self.recursion(x) + shortcut)


class MTConv(nn.Module):
    def __init__(self, spec, width, local, strides):
        super().__init__()
        kernel, rest = (3, 3, 3), width - local
        self.shares = local, rest
        self.local = conv(spec, local, local, kernel, strides)
        self.local_bn = norm(spec, local)
        self.prolonged = conv(spec, rest, rest, kernel, strides)
        self.lateral = conv(spec, local, rest, (1, 1, 1))
        self.prolonged_bn = norm(spec, rest)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        own, rest = x.split(self.shares, 1)
        local = self.relu(self.local_bn(self.local(own)))
        x = self.prolonged(select(soft_pool(rest), half(rest)))
        x = x + self.lateral(select(soft_pool(local), x.shape[2]))
        x = self.relu(self.prolonged_bn(x))
        x = F.interpolate(x, local.shape[2:], mode="trilinear")
        return torch.cat([local, x], 1)


class SqueezeRecursion(nn.GRU):
    """A GRU, whose parameters keep their names, around the frames' means."""

    def __init__(self, channels):
        super().__init__(channels, channels, num_layers=2, batch_first=True)

    def forward(self, x):
        states, _ = super().forward(x.mean((3, 4)).transpose(1, 2))
        return x * states.transpose(1, 2)[..., None, None]


class SelectHalf(nn.Module):
    def forward(self, x):
        return select(x, half(x))


def half(x):
    return max(x.shape[2] // 2, 1)


def soft_pool(x):
    odd = [size % 2 for size in x.shape[3:]]
    if any(odd):
        x = F.pad(x, (0, odd[1], 0, odd[0], 0, 0), mode="replicate")
    weights, window = x.exp(), (1, 2, 2)
    return F.avg_pool3d(x * weights, window) / F.avg_pool3d(weights, window)


def select(x, frames):
    """The frames of (B, C, T, H, W) that are least like their neighbours."""
    length = x.shape[2]
    if length == frames:
        return x
    vectors = x.detach().mean((3, 4))
    cosines = F.cosine_similarity(vectors[..., :-1], vectors[..., 1:])
    with_ends = frames > length - 2
    if with_ends:
        cosines = torch.cat([cosines[:, :1], cosines, cosines[:, -1:]], 1)
    scores = cosines[:, :-1] + cosines[:, 1:]
    kept = scores.argsort(stable=True)[:, :frames].sort()[0]
    kept = kept + (0 if with_ends else 1)
    clips = torch.arange(len(x))[:, None]
    return x.transpose(1, 2)[clips, kept].transpose(1, 2)
