"""ResNets with torchvision's names: conv1, bn1, layer1 to layer4, fc.

He et al., CVPR 2016, in torchvision's layout: strides are in the middle
convolution. Its names are also those of TSM's, RNL's and BQN's code, of
3D-ResNets-PyTorch and of GluonCV's Slow network.
"""

from dataclasses import dataclass

from torch import nn

from kvideo.convert.twins.parts import (
    Shifted,
    average,
    conv,
    fold,
    max_pool,
    norm,
)


@dataclass(frozen=True)
class Layout:
    """What differs between ResNets.

    Attributes:
        dims: 2: frames stand in the batch; 3: kernels have time.
        blocks: Blocks of the four stages.
        width: Channels inside the blocks of the first stage.
        expansion: Channels of a block's output over those inside.
        groups: Of the middle convolutions.
        stem: Channels of the stem.
        stem_kernel: (T, H, W).
        stem_stride: (T, H, W).
        pool: Kernel of the pooling behind the stem.
        pool_stride: Its stride.
        first_times: Temporal kernels of the blocks' first convolutions, by
            stage and repeated over the blocks.
        middle_time: Temporal kernel of the middle ones.
        time_strides: Temporal stride of each stage.
        shift_every: 0: no shift; n: in every n-th block, from the first.
        fold_div: Of the shift.
    """

    dims: int = 2
    blocks: tuple = (3, 4, 6, 3)
    width: int = 64
    expansion: int = 4
    groups: int = 1
    stem: int = 64
    stem_kernel: tuple = (1, 7, 7)
    stem_stride: tuple = (1, 2, 2)
    pool: tuple = (1, 3, 3)
    pool_stride: tuple = (1, 2, 2)
    first_times: tuple = ((1,), (1,), (1,), (1,))
    middle_time: int = 1
    time_strides: tuple = (1, 1, 1, 1)
    shift_every: int = 0
    fold_div: int = 8

    def channels(self, stage):
        """Of the output of a stage, 0 to 3."""
        return self.width * 2**stage * self.expansion


# Our networks for tests.
NANO = {
    "blocks": (1, 1, 1, 1),
    "width": 8,
    "stem": 16,
    "stem_kernel": (1, 5, 5),
}


class Bottleneck(nn.Module):
    def __init__(self, layout, inside, stage, index, frames):
        super().__init__()
        dims, width = layout.dims, layout.width * 2**stage
        outside = layout.channels(stage)
        stride = stride_of(layout, stage, index)
        times = layout.first_times[stage]
        first = conv(dims, inside, width, (times[index % len(times)], 1, 1))
        every = layout.shift_every
        if every and index % every == 0:
            first = Shifted(first, frames, layout.fold_div)
        self.conv1, self.bn1 = first, norm(dims, width)
        self.make_middle(layout, width, stride, stage)
        self.conv3 = conv(dims, width, outside)
        self.bn3 = norm(dims, outside)
        self.downsample = shortcut(dims, inside, outside, stride)
        self.relu = nn.ReLU()

    def make_middle(self, layout, width, stride, stage):
        kernel = (layout.middle_time, 3, 3)
        self.conv2 = conv(
            layout.dims, width, width, kernel, stride, groups=layout.groups
        )
        self.bn2 = norm(layout.dims, width)

    def middle(self, x):
        return self.relu(self.bn2(self.conv2(x)))

    def forward(self, x):
        y = self.middle(self.relu(self.bn1(self.conv1(x))))
        return self.relu(self.bn3(self.conv3(y)) + self.downsample(x))


def stride_of(layout, stage, index):
    """(T, H, W) of a block."""
    if index:
        return (1, 1, 1)
    space = 2 if stage else 1
    return (layout.time_strides[stage], space, space)


def shortcut(dims, inside, outside, stride):
    if inside == outside and max(stride) == 1:
        return nn.Identity()
    return nn.Sequential(
        conv(dims, inside, outside, stride=stride), norm(dims, outside)
    )


def stage_of(layout, stage, frames, wrap=None, block=Bottleneck):
    """The blocks of a stage, 0 to 3.

    Args:
        wrap: Function of (block, stage, index) for what stands in its place.
    """
    parts = []
    for index in range(layout.blocks[stage]):
        inside = layout.channels(stage)
        if index == 0:
            inside = layout.channels(stage - 1) if stage else layout.stem
        part = block(layout, inside, stage, index, frames)
        parts.append(wrap(part, stage, index) if wrap else part)
    return nn.Sequential(*parts)


class Body(nn.Module):
    """All but the classifier."""

    def __init__(self, layout, frames, wrap=None, block=Bottleneck):
        super().__init__()
        self.conv1 = conv(
            layout.dims, 3, layout.stem, layout.stem_kernel, layout.stem_stride
        )
        self.bn1 = norm(layout.dims, layout.stem)
        self.relu = nn.ReLU()
        self.maxpool = max_pool(layout.dims, layout.pool, layout.pool_stride)
        for stage in range(4):
            part = stage_of(layout, stage, frames, wrap, block)
            self.add_module(f"layer{stage + 1}", part)

    def features(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return average(x)


class ResNet3D(Body):
    """A network on whole clips."""

    def __init__(self, frames, classes, block=Bottleneck, **layout):
        layout = Layout(**{"dims": 3, **layout})
        super().__init__(layout, frames, block=block)
        self.fc = nn.Linear(layout.channels(3), classes)

    def forward(self, x):
        return self.fc(self.features(x))


class ImageResNet(Body):
    """torchvision's own, on every frame; logits are averaged."""

    def __init__(self, frames, classes, **layout):
        layout = Layout(**layout)
        super().__init__(layout, frames)
        self.frames = frames
        self.fc = nn.Linear(layout.channels(3), classes)

    def forward(self, x):
        logits = self.fc(self.features(fold(x)))
        return logits.unflatten(0, (-1, self.frames)).mean(1)


class TSM(nn.Module):
    """mit-han-lab/temporal-shift-module: `base_model` and `new_fc`.

    Trained without dropout, the classifier is in `base_model` (`head`).
    """

    def __init__(
        self,
        frames,
        classes,
        wrap=None,
        shift_every=1,
        head="new_fc",
        **layout,
    ):
        super().__init__()
        layout = Layout(shift_every=shift_every, **layout)
        self.frames, self.head = frames, head
        self.base_model = Body(layout, frames, wrap)
        place, _, name = head.rpartition(".")
        linear = nn.Linear(layout.channels(3), classes)
        self.get_submodule(place).add_module(name, linear)

    def forward(self, x):
        features = self.base_model.features(fold(x))
        logits = self.get_submodule(self.head)(features)
        return logits.unflatten(0, (-1, self.frames)).mean(1)
