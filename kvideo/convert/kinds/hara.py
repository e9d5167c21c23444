"""R3D and ResNeXt-3D of kenshohara/3D-ResNets-PyTorch, with bottlenecks.

The names are torchvision's. Shortcuts are of type B (a convolution), as in
all its released files of these depths.
"""

from kvideo.convert.kind import Kind, Row
from kvideo.convert.kinds.names import torchvision_resnet
from kvideo.convert.twins.resnet import NANO, ResNet3D

R3D = {
    "stem_kernel": (7, 7, 7),
    "pool": (3, 3, 3),
    "pool_stride": (2, 2, 2),
    "middle_time": 3,
    "time_strides": (1, 2, 2, 2),
}
R101 = {"blocks": (3, 4, 23, 3)}
# Groups of 32; its stem is as wide as ResNet's.
RESNEXT = R3D | {"width": 128, "expansion": 2, "groups": 32}
R3D_NANO = NANO | {
    "stem_kernel": (3, 5, 5),
    "middle_time": 3,
    "time_strides": (1, 1, 2, 2),
}
# Of Kinetics, over 255.
KINETICS_MEAN = 0.4345, 0.4051, 0.3775
KINETICS_STD = 0.2768, 0.2713, 0.2737

KINDS = (
    Kind(
        name="hara_resnet3d",
        source="kenshohara/3D-ResNets-PyTorch",
        twin=ResNet3D,
        rows=(
            Row("r3d_resnet50", R3D),
            Row("r3d_resnet101", R3D | R101),
            Row("resnext3d50_c32", RESNEXT),
            Row("resnext3d101_c32", RESNEXT | R101),
            Row("r3d_resnet_nano", R3D_NANO),
            Row(
                "resnext3d_nano",
                R3D_NANO | {"width": 16, "expansion": 2, "groups": 4},
            ),
        ),
        rules=torchvision_resnet(),
        classifier="fc.weight",
        normalization=(KINETICS_MEAN, KINETICS_STD),
        clip=(16, 64, 64),
    ),
)
