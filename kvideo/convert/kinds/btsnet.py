"""BTSNet (sghong977/BTSNet), four pathways of the dilations O2.

Other numbers of pathways have tensors of other shapes and are refused;
dilations O1 cannot be told from O2 and are not what was released.
"""

from kvideo.convert.kind import Kind, Row
from kvideo.convert.kinds.hara import KINETICS_MEAN, KINETICS_STD
from kvideo.convert.twins.btsnet import BTSNet

BLOCKS = {"26": (2, 2, 2, 2), "50": (3, 4, 6, 3), "101": (3, 4, 23, 3)}
LEGACY = {"legacy_inplace_sum": True}
UNIT = r"stage_(?P<layer>\d)\.(?P<index>\d+)\."
OURS = "res{stage}_block{block}_"
NANO = {
    "blocks": (1, 1, 1, 1),
    "groups": 4,
    "width": 16,
    "outside": 32,
    "stem": 16,
    "stem_kernel": (3, 5, 5),
    "time_strides": (1, 1, 2, 2),
    "pool": (1, 3, 3),
    "pool_stride": (1, 2, 2),
}


def pathways(count=4):
    """Of the pathways, which count from 1 in our layer."""
    for m in range(count):
        there = UNIT + rf"conv2_sk\.convs\.{m}\."
        yield rf"{there}0", OURS + f"tsp/pathway{m + 1}_conv"
        yield rf"{there}1", OURS + f"tsp/pathway{m + 1}_bn"


KINDS = (
    Kind(
        name="btsnet",
        source="sghong977/BTSNet",
        twin=BTSNet,
        rows=(
            *(
                Row(
                    f"btsnet{depth}_c{groups}",
                    {"blocks": blocks, "groups": groups, "width": 4 * groups},
                    LEGACY,
                )
                for depth, blocks in BLOCKS.items()
                for groups in (16, 32)
            ),
            Row("btsnet_nano", NANO, LEGACY),
        ),
        rules=(
            (r"basic_conv\.0", "stem_conv"),
            (r"basic_conv\.1", "stem_bn"),
            (UNIT + r"conv1\.0", OURS + "conv1"),
            (UNIT + r"conv1\.1", OURS + "bn1"),
            *pathways(),
            (UNIT + r"conv2_sk\.fc\.0", OURS + "tsp/squeeze"),
            (UNIT + r"conv2_sk\.fc\.1", OURS + "tsp/squeeze_bn"),
            (UNIT + r"conv2_sk\.fcs", OURS + "tsp/excite"),
            (UNIT + r"conv2_sk\.conv", OURS + "conv2"),
            (UNIT + r"conv2_sk\.bn", OURS + "bn2"),
            (UNIT + r"conv3\.0", OURS + "conv3"),
            (UNIT + r"conv3\.1", OURS + "bn3"),
            (UNIT + r"shortcut\.0", OURS + "projection"),
            (UNIT + r"shortcut\.1", OURS + "bn0"),
            ("classifier", "logits"),
        ),
        classifier="classifier.weight",
        normalization=(KINETICS_MEAN, KINETICS_STD),
        clip=(16, 64, 64),
    ),
)
