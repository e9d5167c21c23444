"""X3D with the names of pytorchvideo and of the SlowFast repository.

Feichtenhofer, CVPR 2020. The two are one network but for the shortcut of the
first block, which pytorchvideo does not normalise. In pytorchvideo the stem's
convolution over space is called `conv_t` and that over time `conv_xy`.
"""

from torch import nn
from torch.nn import functional as F

from kvideo.convert.twins.named import Named
from kvideo.convert.twins.parts import average, conv, norm

# What each layer is called; {s} counts stages from 1, {b} blocks from 0.
PYTORCHVIDEO = {
    "space": "blocks.0.conv.conv_t",
    "time": "blocks.0.conv.conv_xy",
    "stem_norm": "blocks.0.norm",
    "block": "blocks.{s}.res_blocks.{b}.",
    "shortcut": "branch1_conv",
    "shortcut_norm": "branch1_norm",
    "a": "branch2.conv_a",
    "a_norm": "branch2.norm_a",
    "b": "branch2.conv_b",
    "b_norm": "branch2.norm_b.0",
    "squeeze": "branch2.norm_b.1.block.0",
    "excite": "branch2.norm_b.1.block.2",
    "c": "branch2.conv_c",
    "c_norm": "branch2.norm_c",
    "last": "blocks.5.pool.pre_conv",
    "last_norm": "blocks.5.pool.pre_norm",
    "widen": "blocks.5.pool.post_conv",
    "classifier": "blocks.5.proj",
}
SLOWFAST = {
    "space": "s1.pathway0_stem.conv_xy",
    "time": "s1.pathway0_stem.conv",
    "stem_norm": "s1.pathway0_stem.bn",
    "block": "s{s1}.pathway0_res{b}.",
    "shortcut": "branch1",
    "shortcut_norm": "branch1_bn",
    "a": "branch2.a",
    "a_norm": "branch2.a_bn",
    "b": "branch2.b",
    "b_norm": "branch2.b_bn",
    "squeeze": "branch2.se.fc1",
    "excite": "branch2.se.fc2",
    "c": "branch2.c",
    "c_norm": "branch2.c_bn",
    "last": "head.conv_5",
    "last_norm": "head.conv_5_bn",
    "widen": "head.lin_5",
    "classifier": "head.projection",
}


class X3D(Named):
    """
    Args:
        frames: Not used: any number will do.
        classes: Of the classifier.
        names: One of the tables.
        blocks: Of the four stages.
        widths: Channels of the stages; the stem has those of the first.
        squeezed: Channels inside squeeze-and-excitation.
        head: Channels before the classifier.
        first_shortcut_norm: See above.
    """

    def __init__(
        self,
        frames,
        classes,
        names=PYTORCHVIDEO,
        blocks=(3, 5, 11, 7),
        widths=(24, 48, 96, 192),
        squeezed=(8, 8, 16, 32),
        head=2048,
        first_shortcut_norm=False,
    ):
        super().__init__()
        self.names, self.depths = names, blocks
        self.first_shortcut_norm = first_shortcut_norm
        stem = widths[0]
        self.put(names["space"], conv(3, 3, stem, (1, 3, 3), (1, 2, 2)))
        time = conv(3, stem, stem, (5, 1, 1), groups=stem)
        self.put(names["time"], time)
        self.put(names["stem_norm"], norm(3, stem))
        inside = stem
        for stage, width in enumerate(widths):
            for index in range(blocks[stage]):
                self.make_block(stage, index, inside, width, squeezed[stage])
                inside = width
        last = int(2.25 * inside)
        self.put(names["last"], conv(3, inside, last))
        self.put(names["last_norm"], norm(3, last))
        self.put(names["widen"], conv(3, last, head))
        self.put(names["classifier"], nn.Linear(head, classes))

    def name(self, stage, index, part):
        block = self.names["block"].format(s=stage + 1, s1=stage + 2, b=index)
        return block + self.names[part]

    def make_block(self, stage, index, inside, width, squeezed):
        inner = int(2.25 * width)
        stride = (1, 1, 1) if index else (1, 2, 2)

        def put(part, module):
            self.put(self.name(stage, index, part), module)

        if index == 0:
            put("shortcut", conv(3, inside, width, stride=stride))
            if stage or self.first_shortcut_norm:
                put("shortcut_norm", norm(3, width))
        put("a", conv(3, inside, inner))
        put("a_norm", norm(3, inner))
        put("b", conv(3, inner, inner, (3, 3, 3), stride, groups=inner))
        put("b_norm", norm(3, inner))
        if index % 2 == 0:
            put("squeeze", conv(3, inner, squeezed, bias=True))
            put("excite", conv(3, squeezed, inner, bias=True))
        put("c", conv(3, inner, width))
        put("c_norm", norm(3, width))

    def run(self, stage, index, *parts):
        """A function: the parts of a block that are there, in a row."""
        paths = [self.name(stage, index, part) for part in parts]
        paths = [path for path in paths if self.has(path)]

        def apply(x):
            for path in paths:
                x = self.at(path)(x)
            return x

        return apply

    def block(self, x, stage, index):
        shortcut = self.run(stage, index, "shortcut", "shortcut_norm")(x)
        x = F.relu(self.run(stage, index, "a", "a_norm")(x))
        x = self.run(stage, index, "b", "b_norm")(x)
        if self.has(self.name(stage, index, "squeeze")):
            gate = x.mean((2, 3, 4), keepdim=True)
            gate = F.relu(self.run(stage, index, "squeeze")(gate))
            x = x * self.run(stage, index, "excite")(gate).sigmoid()
        x = self.run(stage, index, "c", "c_norm")(F.silu(x))
        return F.relu(x + shortcut)

    def forward(self, x):
        x = self.stem_of(x)
        for stage, count in enumerate(self.depths):
            for index in range(count):
                x = self.block(x, stage, index)
        return self.logits_of(x)

    def stem_of(self, x):
        names = self.names
        x = self.at(names["time"])(self.at(names["space"])(x))
        return F.relu(self.at(names["stem_norm"])(x))

    def logits_of(self, x):
        names = self.names
        x = F.relu(self.at(names["last_norm"])(self.at(names["last"])(x)))
        x = self.at(names["widen"])(average(x)[..., None, None, None])
        return self.at(names["classifier"])(F.relu(x).flatten(1))
