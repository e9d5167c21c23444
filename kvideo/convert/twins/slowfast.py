"""C2D, I3D, Slow and SlowFast with the names of facebookresearch/SlowFast.

Feichtenhofer et al., ICCV 2019; Wang et al., CVPR 2018. Stages are called s2
to s5, the slow pathway (or the only one) `pathway0`, the fast one `pathway1`.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from kvideo.convert.twins.attention import attend
from kvideo.convert.twins.named import Named
from kvideo.convert.twins.parts import average, conv, max_pool, norm


@dataclass(frozen=True)
class Pathway:
    """What differs between pathways.

    Attributes:
        blocks: Blocks of the four stages.
        width: Channels inside the blocks of the first stage.
        stem: Channels of the stem.
        stem_kernel: (T, H, W).
        times: Temporal kernels of the blocks' first convolutions, by stage
            and repeated over the blocks.
        time_pool: Whether pairs of frames are pooled after the first stage.
    """

    blocks: tuple = (3, 4, 6, 3)
    width: int = 64
    stem: int = 64
    stem_kernel: tuple = (1, 7, 7)
    times: tuple = ((1,), (1,), (1,), (1,))
    time_pool: bool = False


class NonLocal(nn.Module):
    """Scaled; keys and values are pooled in front of their convolutions."""

    def __init__(self, channels):
        super().__init__()
        inner = channels // 2
        for part in ("theta", "phi", "g"):
            layer = conv(3, channels, inner, bias=True)
            self.add_module(f"conv_{part}", layer)
        self.conv_out = conv(3, inner, channels, bias=True)
        self.bn = norm(3, channels)
        self.pool = nn.MaxPool3d((1, 2, 2))
        self.scale = inner**-0.5

    def forward(self, x):
        pooled = self.pool(x)
        queries = self.conv_theta(x) * self.scale
        y = attend(queries, self.conv_phi(pooled), self.conv_g(pooled))
        return x + self.bn(self.conv_out(y))


class ResNet(Named):
    """C2D, I3D, Slow: one pathway.

    Args:
        frames: Not used.
        classes: Of the classifier.
        non_local: Dict from a stage, 0 to 3, to its blocks with one behind.
        **pathway: Of `Pathway`.
    """

    def __init__(self, frames, classes, non_local=None, **pathway):
        super().__init__()
        self.pathway = Pathway(**pathway)
        self.non_local = non_local or {}
        make_stem(self, 0, self.pathway)
        inside = self.pathway.stem
        for stage in range(4):
            make_stage(self, 0, self.pathway, stage, inside)
            inside = self.pathway.width * 2**stage * 4
            for index in self.non_local.get(stage, ()):
                path = f"s{stage + 2}.pathway0_nonlocal{index}"
                self.put(path, NonLocal(inside))
        self.put("head.projection", nn.Linear(inside, classes))

    def forward(self, x):
        x = run_stem(self, 0, x)
        for stage in range(4):
            for index in range(self.pathway.blocks[stage]):
                x = run_block(self, 0, stage, index, x)
                if index in self.non_local.get(stage, ()):
                    path = f"s{stage + 2}.pathway0_nonlocal{index}"
                    x = self.at(path)(x)
            if stage == 0 and self.pathway.time_pool:
                x = F.max_pool3d(x, (2, 1, 1))
        return self.at("head.projection")(average(x))


class SlowFast(Named):
    """Both pathways, the fast one joined to the slow one before each stage.

    Args:
        frames: Of the fast pathway.
        classes: Of the classifier.
        alpha: Frames of the fast pathway for each of the slow one.
        kernel: Frames under the convolution between them.
        slow, fast: Arguments of `Pathway`.
    """

    def __init__(self, frames, classes, alpha, kernel, slow, fast):
        super().__init__()
        self.alpha = alpha
        self.pathways = pair = Pathway(**slow), Pathway(**fast)
        inside = [pathway.stem for pathway in pair]
        for number, pathway in enumerate(pair):
            make_stem(self, number, pathway)
        for stage in range(4):
            joint = 2 * inside[1]
            sizes = inside[1], joint, (kernel, 1, 1), (alpha, 1, 1)
            self.put(f"s{stage + 1}_fuse.conv_f2s", conv(3, *sizes))
            self.put(f"s{stage + 1}_fuse.bn", norm(3, joint))
            for number, pathway in enumerate(pair):
                wider = joint if number == 0 else 0
                make_stage(self, number, pathway, stage, inside[number] + wider)
                inside[number] = pathway.width * 2**stage * 4
        self.put("head.projection", nn.Linear(sum(inside), classes))

    def forward(self, x):
        frames = x.shape[2]
        chosen = torch.linspace(0, frames - 1, frames // self.alpha).long()
        pair = [
            run_stem(self, n, x) for n, x in enumerate((x[:, :, chosen], x))
        ]
        for stage in range(4):
            fuse = f"s{stage + 1}_fuse"
            joined = self.at(f"{fuse}.bn")(self.at(f"{fuse}.conv_f2s")(pair[1]))
            pair[0] = torch.cat([pair[0], F.relu(joined)], 1)
            for number, pathway in enumerate(self.pathways):
                for index in range(pathway.blocks[stage]):
                    pair[number] = run_block(
                        self, number, stage, index, pair[number]
                    )
        features = torch.cat([average(x) for x in pair], 1)
        return self.at("head.projection")(features)


def make_stem(net, number, pathway):
    path = f"s1.pathway{number}_stem"
    layer = conv(3, 3, pathway.stem, pathway.stem_kernel, (1, 2, 2))
    net.put(f"{path}.conv", layer)
    net.put(f"{path}.bn", norm(3, pathway.stem))


def run_stem(net, number, x):
    path = f"s1.pathway{number}_stem"
    x = F.relu(net.at(f"{path}.bn")(net.at(f"{path}.conv")(x)))
    return max_pool(3, (1, 3, 3), (1, 2, 2))(x)


def make_stage(net, number, pathway, stage, inside):
    width = pathway.width * 2**stage
    outside = 4 * width
    times = pathway.times[stage]
    for index in range(pathway.blocks[stage]):
        block = f"s{stage + 2}.pathway{number}_res{index}"
        space = 2 if stage and index == 0 else 1
        stride = (1, space, space)
        layers = {
            "a": (inside, width, (times[index % len(times)], 1, 1)),
            "b": (width, width, (1, 3, 3), stride),
            "c": (width, outside),
        }
        for part, sizes in layers.items():
            net.put(f"{block}.branch2.{part}", conv(3, *sizes))
            net.put(f"{block}.branch2.{part}_bn", norm(3, sizes[1]))
        if index == 0:
            layer = conv(3, inside, outside, stride=stride)
            net.put(f"{block}.branch1", layer)
            net.put(f"{block}.branch1_bn", norm(3, outside))
        inside = outside


def run_block(net, number, stage, index, x):
    block = f"s{stage + 2}.pathway{number}_res{index}"

    def run(part, x):
        x = net.at(f"{block}.{part}")(x)
        return net.at(f"{block}.{part}_bn")(x)

    y = F.relu(run("branch2.a", x))
    y = run("branch2.c", F.relu(run("branch2.b", y)))
    shortcut = run("branch1", x) if net.has(f"{block}.branch1") else x
    return F.relu(y + shortcut)
