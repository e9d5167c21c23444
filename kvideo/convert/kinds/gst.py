"""GST (chenxuluo/GST-video), with and without the input in two parts.

As trained by default: with dropout, which puts the classifier beside the
backbone, and with alpha = 4.
"""

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.kinds.names import torchvision_resnet
from kvideo.convert.twins.gst import GST
from kvideo.convert.twins.resnet import NANO

BASE = r"base_model\."
BLOCK = BASE + r"layer(?P<layer>\d)\.(?P<index>\d+)\."
MODULE = "res{stage}_block{block}_conv2/"

KINDS = (
    Kind(
        name="gst",
        source="chenxuluo/GST-video",
        twin=GST,
        rows=(
            Row("gst_resnet50"),
            Row("gst_resnet50_large", {"beta": 1}),
            Row("gst_resnet_nano", NANO),
            Row("gst_resnet_nano", NANO | {"beta": 1}, {"beta": 1}),
        ),
        rules=(
            (BLOCK + "conv2", MODULE + "space"),
            (BLOCK + "Tconv", MODULE + "space_time"),
            *torchvision_resnet(BASE, "new_fc"),
        ),
        classifier="new_fc.weight",
        normalization=IMAGENET,
        clip=(4, 64, 64),
    ),
)
