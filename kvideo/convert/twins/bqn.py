"""BQN on TSM's ResNet with the names of its authors' code.

Huang and Bors, WACV 2022. `path_f` is Busy, `path_c` Quiet. In the "reverse"
code Quiet takes the first frame of every three at 5/8 of the size; after blocks
with an even number Quiet goes through a band-pass into Busy (`up`), after the
others Busy goes into Quiet (`down`). In the other code Quiet has the same size
and both happen after every block, each behind a 1x1 convolution (`d_up`,
`d_down`).
"""

import torch
from torch import nn
from torch.nn import functional as F

from kvideo.convert.twins.parts import average, conv, fold, max_pool, norm
from kvideo.convert.twins.parts import shift as shift_frames
from kvideo.convert.twins.resnet import Bottleneck, Layout

SCALE = 0.625


class BandPass(nn.Module):
    """Over space with reflection, then over time, channel by channel."""

    def __init__(self, channels, kernel, frames, stride=1):
        super().__init__()
        self.frames, self.stride, self.padding = frames, stride, kernel // 2
        self.conv_s = nn.Conv2d(
            channels, channels, kernel, groups=channels, bias=False
        )
        self.conv_t = nn.Conv1d(
            channels, channels, 3, stride, groups=channels, bias=False
        )

    def forward(self, x):
        """(B * T, C, H, W); with stride 3 a third of the frames remain."""
        x = self.conv_s(F.pad(x, (self.padding,) * 4, mode="reflect"))
        x = x.unflatten(0, (-1, self.frames)).permute(0, 3, 4, 2, 1)
        sizes, rows = x.shape[:3], x.flatten(0, 2)
        if self.stride == 1:
            rows = F.pad(rows, (1, 1), mode="replicate")
        x = self.conv_t(rows).unflatten(0, sizes).permute(0, 4, 3, 1, 2)
        return x.flatten(0, 1)


class Pathway(Bottleneck):
    """A block that shifts without a wrapper of its own name."""

    def __init__(self, layout, inside, stage, index, frames):
        super().__init__(layout, inside, stage, index, frames)
        self.moves = frames, layout.fold_div

    def forward(self, x):
        y = shift_frames(x, *self.moves)
        y = self.middle(self.relu(self.bn1(self.conv1(y))))
        return self.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class Pair(nn.Module):
    """A block of either pathway and what goes between them."""

    def __init__(self, layout, inside, stage, index, number, frames, kernel):
        super().__init__()
        row = layout, inside, stage, index, frames
        self.path_f, self.path_c = Pathway(*row), Pathway(*row)
        channels = layout.channels(stage)
        if number % 2 == 0:
            self.mbpf = BandPass(channels, kernel, frames)
            self.up = nn.Sequential(resize(1 / SCALE), norm(2, channels))
        else:
            self.down = nn.Sequential(resize(SCALE), norm(2, channels))

    def forward(self, pair):
        fine, coarse = self.path_f(pair[0]), self.path_c(pair[1])
        if hasattr(self, "up"):
            return fine + self.up(self.mbpf(coarse)), coarse
        return fine, coarse + self.down(fine)


class BothWays(nn.Module):
    """A block of either pathway in `bqn_resnet.py`."""

    def __init__(self, layout, inside, stage, index, number, frames, kernel):
        super().__init__()
        row = layout, inside, stage, index, frames
        self.path_f, self.path_c = Pathway(*row), Pathway(*row)
        channels = layout.channels(stage)
        self.mbpf = BandPass(channels, kernel, frames)
        self.d_up, self.d_down = (
            nn.Sequential(conv(2, channels, channels), norm(2, channels))
            for _ in range(2)
        )

    def forward(self, pair):
        fine, coarse = self.path_f(pair[0]), self.path_c(pair[1])
        up, down = self.d_up(self.mbpf(coarse)), self.d_down(fine)
        return fine + up, coarse + down


def resize(scale):
    return nn.Upsample(scale_factor=scale, mode="bilinear")


class BQNBody(nn.Module):
    def __init__(
        self, frames, classes, kernels=(7, 7, 7, 3), both_ways=False, **layout
    ):
        super().__init__()
        layout = Layout(**layout)
        make_pair = BothWays if both_ways else Pair
        self.scale = 1 if both_ways else SCALE
        segments = frames // 3
        self.frames, self.segments = frames, segments
        self.mbpf1 = BandPass(3, 9, frames, 3)
        stem = 2, 3, layout.stem, layout.stem_kernel, layout.stem_stride
        self.conv1, self.bn1 = conv(*stem), norm(2, layout.stem)
        self.d_conv1, self.d_bn1 = conv(*stem), norm(2, layout.stem)
        self.pool = nn.Sequential(
            nn.ReLU(), max_pool(2, layout.pool, layout.pool_stride)
        )
        number = 0
        for stage in range(4):
            parts = []
            for index in range(layout.blocks[stage]):
                inside = layout.channels(stage)
                if index == 0:
                    before = layout.channels(stage - 1) if stage else None
                    inside = before or layout.stem
                number += 1
                row = layout, inside, stage, index, number
                parts.append(make_pair(*row, segments, kernels[stage]))
            self.add_module(f"layer{stage + 1}", nn.Sequential(*parts))
        self.fc = nn.Linear(layout.channels(3), classes)

    def forward(self, x):
        first = fold(x[:, :, ::3])
        coarse = F.interpolate(first, scale_factor=self.scale, mode="bilinear")
        fine = self.pool(self.d_bn1(self.d_conv1(self.mbpf1(fold(x)))))
        pair = fine, self.pool(self.bn1(self.conv1(coarse)))
        for stage in range(4):
            pair = getattr(self, f"layer{stage + 1}")(pair)
        logits = torch.stack([self.fc(average(x)) for x in pair]).mean(0)
        return logits.unflatten(0, (-1, self.segments)).mean(1)


class BQN(nn.Module):
    """The body as `base_model`, as the training code saves it."""

    def __init__(self, **arguments):
        super().__init__()
        self.base_model = BQNBody(**arguments)

    def forward(self, x):
        return self.base_model(x)
