"""GluonCV's action recognition networks in PyTorch: I3D and Slow."""

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.kinds.names import torchvision_resnet
from kvideo.convert.twins.gluon import GluonI3D
from kvideo.convert.twins.resnet import NANO, ResNet3D

I3D = {
    "stem_kernel": (5, 7, 7),
    "stem_stride": (2, 2, 2),
    "pool_stride": (2, 2, 2),
    "first_times": ((3,), (3, 1), (3, 1), (1, 3)),
}
SLOW = {"first_times": ((1,), (1,), (3,), (3,))}
PLACES = {
    5: {1: (1, 3), 2: (1, 3, 5)},
    10: {1: tuple(range(4)), 2: tuple(range(6))},
}
# Its stages count from 0, where `layer` counts from 1.
BLOCK = r"res_layers\.(?P<from0>\d)\.(?P<index>\d+)\."
OURS = "res{stage}_block{block}_"
NON_LOCAL = BLOCK + r"nonlocal_block\."


def _non_local(count):
    return Row(
        "i3d_resnet50_gluon",
        I3D | {"non_local": PLACES[count]},
        {"non_local": count, "non_local_sub_sample": False},
    )


KINDS = (
    Kind(
        name="gluon_i3d",
        source="dmlc/gluon-cv",
        twin=GluonI3D,
        rows=(
            Row("i3d_resnet50_gluon", I3D),
            _non_local(5),
            _non_local(10),
            Row(
                "i3d_resnet_nano",
                NANO
                | {
                    "stem_kernel": (5, 5, 5),
                    "first_times": ((3,), (3,), (3,), (3,)),
                    "non_local": {1: (0,)},
                },
                {"non_local": ["res3_block1"], "non_local_sub_sample": False},
            ),
        ),
        rules=(
            (r"first_stage\.0", "stem_conv"),
            (r"first_stage\.1", "stem_bn"),
            (BLOCK + r"conv(?P<n>\d)", OURS + "conv{n}"),
            (BLOCK + r"bn(?P<n>\d)", OURS + "bn{n}"),
            (BLOCK + r"downsample\.0", OURS + "projection"),
            (BLOCK + r"downsample\.1", OURS + "bn0"),
            (NON_LOCAL + "(?P<n>theta|phi|g)", OURS + "nonlocal/{n}"),
            (NON_LOCAL + "W", OURS + "nonlocal/out"),
            (NON_LOCAL + "bn", OURS + "nonlocal/bn"),
            ("fc", "logits"),
        ),
        classifier="fc.weight",
        normalization=IMAGENET,
        clip=(16, 64, 64),
        copies=(
            (r"head\.1\.(.*)", r"fc.\1"),
            (r"(.*\.nonlocal_block)\.W_bn\.0\.(.*)", r"\1.W.\2"),
            (r"(.*\.nonlocal_block)\.W_bn\.1\.(.*)", r"\1.bn.\2"),
        ),
    ),
    Kind(
        name="gluon_slow",
        source="dmlc/gluon-cv",
        twin=ResNet3D,
        rows=(
            Row("slow_only_resnet50", SLOW),
            Row("slow_only_resnet_nano", NANO | SLOW),
        ),
        rules=torchvision_resnet(),
        classifier="fc.weight",
        normalization=IMAGENET,
        clip=(8, 64, 64),
    ),
)
