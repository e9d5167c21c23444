"""BQN on X3D with the names of its authors' code.

Huang and Bors, WACV 2022. Both pathways have pytorchvideo's names, with
`path_f` (Busy) or `path_c` (Quiet) in them. Behind each block stand a band-pass
`mbpf` and `up` on the way to Busy, `down` on the way to Quiet; either resizes,
mixes channels by a 1x1 convolution and normalises. In the "reverse" code the
way is to Busy after blocks with an even number, to Quiet after the others; in
the other code to Busy and then, with what it has become, to Quiet.
"""

from torch import nn
from torch.nn import functional as F

from kvideo.convert.twins.bqn import SCALE, BandPass, resize
from kvideo.convert.twins.named import Named
from kvideo.convert.twins.parts import conv, fold, norm, unfold
from kvideo.convert.twins.x3d import PYTORCHVIDEO, X3D

WIDTHS, KERNELS = (24, 48, 96, 192), (7, 7, 7, 3)


def names_of(path):
    """pytorchvideo's names with a pathway's in them."""
    parts = ("space", "time", "stem_norm", "block", "last", "last_norm")
    names = dict(PYTORCHVIDEO)
    for part in (*parts, "widen", "classifier"):
        # Behind `blocks.0.`, `blocks.{s}.res_blocks.{b}.` or `blocks.5.`.
        end = -1 if part == "block" else 2
        words = names[part].split(".")
        names[part] = ".".join([*words[:end], path, *words[end:]])
    return names


class BQNX3D(Named):
    """
    Args:
        frames: Of the clip, three for each segment.
        classes: Of both classifiers.
        both_ways: See above.
    """

    def __init__(self, frames, classes, both_ways=False):
        super().__init__()
        self.segments = frames // 3
        # Held in a list, which PyTorch does not look into: what they are made
        # of has its names from `put`.
        self.paths = [
            X3D(self.segments, classes, names_of(path))
            for path in ("path_f", "path_c")
        ]
        for path in self.paths:
            for name, part in path.named_modules():
                if not list(part.children()):
                    self.put(f"base_model.{name}", part)
        self.put("base_model.mbpf1", BandPass(3, 9, frames, 3))
        number = 0
        for stage, count in enumerate(self.paths[0].depths):
            for index in range(count):
                number += 1
                if both_ways or number % 2 == 0:
                    self.make_up(stage, index)
                if both_ways or number % 2:
                    self.make_way(stage, index, "down", SCALE)

    def name(self, stage, index, part):
        return f"base_model.blocks.{stage + 1}.res_blocks.{index}.{part}"

    def make_up(self, stage, index):
        band_pass = BandPass(WIDTHS[stage], KERNELS[stage], self.segments)
        self.put(self.name(stage, index, "mbpf"), band_pass)
        self.make_way(stage, index, "up", 1 / SCALE)

    def make_way(self, stage, index, part, scale):
        width = WIDTHS[stage]
        way = resize(scale), conv(2, width, width), norm(2, width)
        self.put(self.name(stage, index, part), nn.Sequential(*way))

    def connect(self, fine, coarse, stage, index):
        fine, coarse = fold(fine), fold(coarse)
        if self.has(self.name(stage, index, "up")):
            passed = self.at(self.name(stage, index, "mbpf"))(coarse)
            fine = fine + self.at(self.name(stage, index, "up"))(passed)
        if self.has(self.name(stage, index, "down")):
            coarse = coarse + self.at(self.name(stage, index, "down"))(fine)
        return unfold(fine, self.segments), unfold(coarse, self.segments)

    def forward(self, x):
        first = fold(x[:, :, ::3])
        coarse = F.interpolate(first, scale_factor=SCALE, mode="bilinear")
        fine = self.at("base_model.mbpf1")(fold(x))
        pair = [
            path.stem_of(unfold(frames, self.segments))
            for path, frames in zip(self.paths, (fine, coarse), strict=True)
        ]
        for stage, count in enumerate(self.paths[0].depths):
            for index in range(count):
                pair = [
                    path.block(y, stage, index)
                    for path, y in zip(self.paths, pair, strict=True)
                ]
                pair = self.connect(*pair, stage, index)
        fine, coarse = (
            path.logits_of(y) for path, y in zip(self.paths, pair, strict=True)
        )
        return (fine + coarse) / 2
