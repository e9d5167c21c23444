"""C2D, I3D, Slow and SlowFast with the names of pytorchvideo's hub.

The networks are those of facebookresearch/SlowFast; a path of theirs is put
under pytorchvideo's name: `s2.pathway0_res0.branch2.a_bn` becomes
`blocks.1.res_blocks.0.branch2.norm_a`. A pooling behind the first stage, and
the joining of two pathways, are blocks without weights, which count.
"""

import re

from kvideo.convert.twins import slowfast

_PARTS = {
    r"branch2\.([abc])_bn": r"branch2.norm_\1",
    r"branch2\.([abc])": r"branch2.conv_\1",
    "branch1_bn": "branch1_norm",
    "branch1": "branch1_conv",
}


class _Hub:
    """`Named` of SlowFast's paths, under pytorchvideo's names."""

    def put(self, path, part):
        super().put(self.named(path), part)

    def at(self, path):
        return super().at(self.named(path))

    def has(self, path):
        return super().has(self.named(path))

    def named(self, path):
        """pytorchvideo's name of a path."""
        if path == "head.projection":
            return f"blocks.{self.head}.proj"
        stage, rest = re.fullmatch(r"s(\d)[._](.*)", path).groups()
        block = f"blocks.{self.block(int(stage) - 1)}"
        fuse = re.fullmatch(r"fuse\.(conv_f2s|bn)", rest)
        if fuse:
            layer = {"conv_f2s": "conv_fast_to_slow", "bn": "norm"}[fuse[1]]
            return f"{block}.multipathway_fusion.{layer}"
        number, rest = re.fullmatch(r"pathway(\d)_(.*)", rest).groups()
        if self.paths > 1:
            block = f"{block}.multipathway_blocks.{number}"
        return f"{block}.{_inside(rest)}"


def _inside(rest):
    """The name of a layer in a stem or stage."""
    if rest.startswith("stem."):
        return {"stem.conv": "conv", "stem.bn": "norm"}[rest]
    index, part = re.fullmatch(r"res(\d+)\.(.*)", rest).groups()
    for pattern, name in _PARTS.items():
        found = re.fullmatch(pattern, part)
        if found:
            return f"res_blocks.{index}.{found.expand(name)}"
    raise KeyError(rest)


class ResNet(_Hub, slowfast.ResNet):
    """`slow_r50`, `i3d_r50`, `c2d_r50`."""

    paths = 1

    @property
    def head(self):
        return self.block(4) + 1

    def block(self, stage):
        return stage + (stage > 1 and self.pathway.time_pool)


class SlowFast(_Hub, slowfast.SlowFast):
    """`slowfast_r50`."""

    paths, head = 2, 6

    def block(self, stage):
        return stage
