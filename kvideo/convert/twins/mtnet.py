"""The released MTNet with the names of its authors' code.

Stergiou and Poppe; network/MTnet.py of the repository
Squeeze-and-Recursion-Temporal-Gates. Two streams, of the first r of the
channels and of the rest; every convolution is one of each stream, and one
from the short stream to the long one. Written for clips whose sizes are even
down to the last stage, where the code neither repeats nor enlarges anything.
"""

import torch
from torch import nn
from torch.nn import functional as F

from kvideo.convert.twins.parts import average, conv, max_pool, norm

WIDTHS = (64, 128, 256, 512)


def select(x):
    """The half of the frames most like their neighbours; two remain two."""
    frames = x.shape[2]
    if frames <= 2:
        return x
    means = x.mean((3, 4))
    cosines = F.cosine_similarity(means[..., :-1], means[..., 1:], eps=1e-4)
    scores = F.avg_pool1d(cosines.square()[:, None], 2, 1)[:, 0]
    kept = scores.topk(frames // 2).indices.sort().values + 1
    clips = torch.arange(len(x))[:, None]
    return x.transpose(1, 2)[clips, kept].transpose(1, 2)


def halve(x):
    return select(F.avg_pool3d(x, (1, 2, 2)))


class MTConv(nn.Module):
    def __init__(
        self, inside, outside, ratio, kernel=(1, 1, 1), stride=1, lateral=True
    ):
        super().__init__()
        shares = int(inside * ratio), int(outside * ratio)
        rest = inside - shares[0], outside - shares[1]
        strides = (stride,) * 3
        self.conv_short = conv(3, *shares, kernel, strides)
        self.conv_long = conv(3, *rest, kernel, strides)
        if lateral:
            self.conv_short2long = conv(3, shares[1], rest[1])
        self.norm_short = norm(3, shares[1])
        self.norm_long = norm(3, rest[1])

    def forward(self, pair):
        short, long = self.conv_short(pair[0]), self.conv_long(pair[1])
        result = self.norm_long(long)
        if hasattr(self, "conv_short2long"):
            x = halve(short)
            if x.shape[2:] != long.shape[2:]:
                x = F.interpolate(x, long.shape[2:], mode="trilinear")
            result = result + self.norm_long(self.conv_short2long(x))
        return self.norm_short(short), result


class SqueezeRecursion(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.op = nn.GRU(channels, channels, num_layers=2)

    def forward(self, x):
        states, _ = self.op(x.mean((3, 4)).permute(2, 0, 1))
        return x * states.permute(1, 2, 0)[..., None, None]


class Block(nn.Module):
    def __init__(self, inside, width, ratio, stride):
        super().__init__()
        kernel = (1, 3, 3)
        self.downsample = None
        if inside != width or stride > 1:
            row = inside, width, ratio, (1, 1, 1), stride, False
            self.downsample = MTConv(*row)
            kernel = (1, 1, 1)
        self.conv1_1 = MTConv(inside, width, ratio)
        self.conv1_2 = MTConv(width, inside, ratio)
        self.conv2 = MTConv(inside, width, ratio, (3, 3, 3), stride)
        self.conv3 = MTConv(width, width, ratio, kernel)
        short = int(width * ratio)
        self.sr_short = SqueezeRecursion(short)
        self.sr_long = SqueezeRecursion(width - short)

    def forward(self, pair):
        shortcut = self.shortcut(*pair)
        for layer in (self.conv1_1, self.conv1_2, self.conv2):
            pair = [x.relu() for x in layer(pair)]
        short, long = self.conv3(pair)
        if shortcut[1].shape[2:] != long.shape[2:]:
            size = long.shape[2:]
            shortcut[1] = F.interpolate(shortcut[1], size, mode="trilinear")
        pair = self.sr_short(short), self.sr_long(long)
        return [(a + b).relu() for a, b in zip(pair, shortcut, strict=True)]

    def shortcut(self, short, long):
        if not self.downsample:
            return [short, long]
        if long.shape[3] < 3:
            size = long.shape[2], 3, 3
            long = F.interpolate(long, size, mode="trilinear")
        return [*self.downsample((short, long))]


class MTNet(nn.Module):
    def __init__(self, frames, classes, blocks, ratio=0.875):
        super().__init__()
        self.short = int(WIDTHS[0] * ratio)
        self.stem = nn.Sequential(
            conv(3, 3, WIDTHS[0], (3, 7, 7), (1, 2, 2)),
            norm(3, WIDTHS[0]),
            nn.ReLU(),
        )
        self.pool = max_pool(3, (1, 3, 3), (1, 2, 2))
        inside = WIDTHS[0]
        for stage, (count, width) in enumerate(
            zip(blocks, WIDTHS, strict=True), start=1
        ):
            parts = []
            for index in range(count):
                stride = 2 if stage > 1 and index == 0 else 1
                parts.append(Block(inside, width, ratio, stride))
                inside = width
            self.add_module(f"layer{stage}", nn.Sequential(*parts))
        self.fc = nn.Linear(inside, classes)

    def forward(self, x):
        x = self.stem(x)
        if x.shape[3] % 2 or x.shape[4] % 2:
            x = F.pad(x, (1, 0, 1, 0, 0, 0), "replicate")
        x = select(self.pool(x))
        pair = x[:, : self.short], halve(x[:, self.short :])
        for stage in range(1, 5):
            pair = getattr(self, f"layer{stage}")(pair)
        return self.fc(torch.cat([average(x) for x in pair], 1))
