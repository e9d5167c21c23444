"""C2D, I3D, Slow and SlowFast of pytorchvideo's hub: `c2d_r50`, `i3d_r50`,
`slow_r50`, `slowfast_r50`."""

from dataclasses import replace

from kvideo.convert.kinds import slowfast
from kvideo.convert.kinds.slowfast import COMMON, WITH_WINDOWS
from kvideo.convert.twins.pytorchvideo import ResNet, SlowFast

SOURCE = COMMON | {"source": "facebookresearch/pytorchvideo"}
# Blocks 1 to 4 are the stages; with a pooling behind the first, 1 and 3 to 5.
PLAIN = (r"blocks\.(?P<layer>[1-4])\.",)
POOLED = (r"blocks\.(?P<layer>1)\.", r"blocks\.(?P<stage>[3-5])\.")


def _rules(blocks, head, *paths):
    """Pairs of what stands behind a block's number and our prefix: `paths`."""
    for path, prefix in paths:
        yield rf"blocks\.0\.{path}conv", f"{prefix}stem_conv"
        yield rf"blocks\.0\.{path}norm", f"{prefix}stem_bn"
        for block in blocks:
            inside = rf"{block}{path}res_blocks\.(?P<index>\d+)\."
            ours = prefix + "res{stage}_block{block}_"
            yield inside + "branch1_conv", ours + "projection"
            yield inside + "branch1_norm", ours + "bn0"
            for index, part in enumerate("abc", start=1):
                yield rf"{inside}branch2\.conv_{part}", f"{ours}conv{index}"
                yield rf"{inside}branch2\.norm_{part}", f"{ours}bn{index}"
    yield rf"blocks\.{head}\.proj", "logits"


def _fusions():
    for stage in range(4):
        place = rf"blocks\.{stage}\.multipathway_fusion\."
        yield place + "conv_fast_to_slow", f"fuse{stage + 1}_conv"
        yield place + "norm", f"fuse{stage + 1}_bn"


def _without_attention(kind, pooled):
    """The rows of a kind that the hub has, with or without pooling."""
    return tuple(
        row
        for row in kind.rows
        if not row.twin.get("non_local")
        and bool(row.twin.get("time_pool")) == pooled
    )


_RESNET, _, _SLOWFAST = slowfast.KINDS
_PATHWAYS = (
    (r"multipathway_blocks\.0\.", "slow_"),
    (r"multipathway_blocks\.1\.", "fast_"),
)

KINDS = (
    replace(
        _RESNET,
        name="pytorchvideo_pooled_resnet",
        twin=ResNet,
        rows=_without_attention(_RESNET, pooled=True),
        rules=tuple(_rules(POOLED, 6, ("", ""))),
        **(SOURCE | {"classifier": "blocks.6.proj.weight"}),
    ),
    replace(
        _RESNET,
        name="pytorchvideo_slow",
        twin=ResNet,
        rows=_without_attention(_RESNET, pooled=False),
        rules=tuple(_rules(PLAIN, 5, ("", ""))),
        **(SOURCE | {"classifier": "blocks.5.proj.weight"}),
    ),
    replace(
        _SLOWFAST,
        name="pytorchvideo_slowfast",
        twin=SlowFast,
        rules=(*_rules(PLAIN, 6, *_PATHWAYS), *_fusions()),
        **(
            SOURCE
            | {"classifier": "blocks.6.proj.weight", "holds": WITH_WINDOWS}
        ),
    ),
)
