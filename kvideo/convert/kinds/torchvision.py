"""torchvision's ResNets on images: classes of ImageNet, frame by frame."""

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.kinds.names import torchvision_resnet
from kvideo.convert.twins.resnet import NANO, ImageResNet

R101 = {"blocks": (3, 4, 23, 3)}

KINDS = (
    Kind(
        name="torchvision_resnet",
        source="pytorch/vision",
        twin=ImageResNet,
        rows=(
            Row("tsn_resnet50"),
            Row("tsn_resnet101", R101),
            Row("tsn_resnet_nano", NANO),
        ),
        rules=torchvision_resnet(),
        classifier="fc.weight",
        normalization=IMAGENET,
        clip=(2, 64, 64),
    ),
)
