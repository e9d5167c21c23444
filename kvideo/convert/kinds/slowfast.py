"""C2D, I3D, Slow and SlowFast of facebookresearch/SlowFast.

Caffe2's files of its model zoo are read under the same names (`caffe2.py`).
C2D with and without pooling over time have the same tensors; the zoo's
C2D_NOPOOL is `--kind slowfast_c2d_nopool`.
"""

from kvideo.convert.kind import KINETICS, WINDOWS, Kind, Row
from kvideo.convert.twins.slowfast import ResNet, SlowFast

# Of the stages 1 and 2 (res3, res4), counted from 0.
NL5 = {1: (1, 3), 2: (1, 3, 5)}
I3D = {
    "stem_kernel": (5, 7, 7),
    "times": ((3,), (3, 1), (3, 1), (1, 3)),
    "time_pool": True,
}
SLOW = {"times": ((1,), (1,), (3,), (3,))}
FAST = {
    "width": 8,
    "stem": 8,
    "stem_kernel": (5, 7, 7),
    "times": ((3,), (3,), (3,), (3,)),
}
NANO = {
    "blocks": (1, 1, 1, 1),
    "width": 8,
    "stem": 16,
    "stem_kernel": (1, 5, 5),
}
I3D_NANO = NANO | {
    "stem_kernel": (5, 5, 5),
    "times": FAST["times"],
    "time_pool": True,
}
BLOCK = r"s(?P<stage>\d)\.pathway(?P<path>\d)_res(?P<index>\d+)\."
ATTENTION = r"s(?P<stage>\d)\.pathway0_nonlocal(?P<index>\d+)\."
SAME_NORMALIZATION = {"normalization": "kinetics"}


def _rules(*prefixes):
    """Of the pathways, whose layers of ours have a prefix."""
    for number, prefix in enumerate(prefixes):
        block = BLOCK.replace(r"(?P<path>\d)", str(number))
        ours = prefix + "res{stage}_block{block}_"
        stem = rf"s1\.pathway{number}_stem\."
        yield f"{stem}conv", f"{prefix}stem_conv"
        yield f"{stem}bn", f"{prefix}stem_bn"
        yield f"{block}branch1", f"{ours}projection"
        yield f"{block}branch1_bn", f"{ours}bn0"
        for index, part in enumerate("abc", start=1):
            yield rf"{block}branch2\.{part}", f"{ours}conv{index}"
            yield rf"{block}branch2\.{part}_bn", f"{ours}bn{index}"
    yield r"head\.projection", "logits"


RULES = (
    *_rules(""),
    (
        ATTENTION + "conv_(?P<part>theta|phi|g|out)",
        "res{stage}_block{block}_nonlocal/{part}",
    ),
    (ATTENTION + "bn", "res{stage}_block{block}_nonlocal/bn"),
)
COMMON = {
    "source": "facebookresearch/SlowFast",
    "classifier": "head.projection.weight",
    "normalization": KINETICS,
    "holds": f"{WINDOWS}; this network pools them as one",
}
WITH_WINDOWS = f"{WINDOWS}: so does this one with `training_size`"


def _row(model, non_local=0, **twin):
    places = NL5 if non_local else None
    options = {"non_local": non_local} if non_local else {}
    overrides = SAME_NORMALIZATION | options
    return Row(model, {"non_local": places, **twin}, overrides)


def _nopool(row):
    twin = row.twin | {"time_pool": False}
    return Row(row.model, twin, row.overrides | {"temporal_pool": False})


C2D_ROWS = (
    _row("c2d_resnet50", time_pool=True),
    _row("c2d_resnet50", 5, time_pool=True),
    _row("c2d_resnet_nano", **NANO, time_pool=True),
)

KINDS = (
    Kind(
        name="slowfast_resnet",
        twin=ResNet,
        rows=(
            *C2D_ROWS,
            _row("i3d_resnet50", **I3D),
            _row("i3d_resnet50", 5, **I3D),
            _row("slow_only_resnet50", **SLOW),
            _row("slow_only_resnet50", 5, **SLOW),
            _row("i3d_resnet_nano", **I3D_NANO),
            _row("slow_only_resnet_nano", **NANO, **SLOW),
        ),
        rules=RULES,
        clip=(8, 64, 64),
        **COMMON,
    ),
    Kind(
        name="slowfast_c2d_nopool",
        twin=ResNet,
        rows=tuple(_nopool(row) for row in C2D_ROWS),
        rules=RULES,
        clip=(8, 64, 64),
        **COMMON,
    ),
    Kind(
        name="slowfast",
        twin=SlowFast,
        rows=(
            Row(
                "slowfast_4x16_resnet50",
                {"alpha": 8, "kernel": 5, "slow": SLOW, "fast": FAST},
                {"slow_frames": "spread"},
            ),
            Row(
                "slowfast_8x8_resnet50",
                {"alpha": 4, "kernel": 7, "slow": SLOW, "fast": FAST},
                {"slow_frames": "spread"},
            ),
            Row(
                "slowfast_nano",
                {
                    "alpha": 4,
                    "kernel": 5,
                    "slow": NANO | SLOW,
                    "fast": I3D_NANO | {"width": 4, "stem": 4},
                },
                {"slow_frames": "spread"},
                clip=(8, 64, 64),
            ),
        ),
        rules=(
            *_rules("slow_", "fast_"),
            (r"s(?P<n>\d)_fuse\.conv_f2s", "fuse{n}_conv"),
            (r"s(?P<n>\d)_fuse\.bn", "fuse{n}_bn"),
        ),
        clip=(32, 64, 64),
        **(COMMON | {"holds": WITH_WINDOWS}),
    ),
)
