"""GST with the names of its authors' code: `base_model` and `new_fc`.

Luo and Yuille, ICCV 2019. A block's `conv2` is over space, its `Tconv` over
space and time; what they make is joined in this order.
"""

from dataclasses import dataclass

import torch
from torch import nn

from kvideo.convert.twins.parts import conv, norm
from kvideo.convert.twins.resnet import Body, Bottleneck, Layout


@dataclass(frozen=True)
class GroupedLayout(Layout):
    """A ResNet's.

    Attributes:
        alpha: One channel in so many comes from `Tconv`.
        beta: 2: `conv2` and `Tconv` see a half each; 1: they see all.
    """

    dims: int = 3
    alpha: int = 4
    beta: int = 2


class Grouped(Bottleneck):
    def make_middle(self, layout, width, stride, stage):
        self.parts = layout.beta
        inside, part = width // layout.beta, width // layout.alpha
        self.conv2 = conv(3, inside, width - part, (1, 3, 3), stride)
        self.Tconv = conv(3, inside, part, (3, 3, 3), stride)
        self.bn2 = norm(3, width)

    def middle(self, x):
        parts = x.chunk(self.parts, 1)
        x = [self.conv2(parts[0]), self.Tconv(parts[-1])]
        return self.relu(self.bn2(torch.cat(x, 1)))


class GST(nn.Module):
    """The mean of the frames' logits is the logits of their mean."""

    def __init__(self, frames, classes, **layout):
        super().__init__()
        layout = GroupedLayout(**layout)
        self.base_model = Body(layout, frames, block=Grouped)
        self.new_fc = nn.Linear(layout.channels(3), classes)

    def forward(self, x):
        return self.new_fc(self.base_model.features(x))
