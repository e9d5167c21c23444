"""RNL (russellllaputa/region-based-non-local-network).

The channel-wise convolution over regions is stored as one of groups of 32
channels whose kernel is zero but where an input meets its own output, with
the mask beside it. The channel gate is in the first attention block alone.
"""

import numpy as np

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.kinds.tsm import RESNET, TSM_NANO, WRAPPED
from kvideo.convert.twins.attention import RNL

OURS = "res{stage}_block{block}_"


def own_channel(kernel):
    """(C, group, ...) to the channel-wise (C, 1, ...)."""
    channels, group = kernel.shape[:2]
    rows = np.arange(channels)
    return kernel[rows, rows % group][:, None]


def _row(model, places, twin):
    """Our network, its first attention with the gate."""
    first, *others = places
    attention = {first: "gate+rnl"} | dict.fromkeys(others, "rnl")
    return Row(model, twin, {"attention": attention})


KINDS = (
    Kind(
        name="rnl",
        source="russellllaputa/region-based-non-local-network",
        twin=RNL,
        rows=(
            _row(
                "rnl_tsm_resnet50",
                [
                    *("res3_block1", "res3_block3"),
                    *("res4_block1", "res4_block3", "res4_block5"),
                ],
                {},
            ),
            _row(
                "rnl_nano",
                ["res3_block1", "res4_block1"],
                TSM_NANO | {"places": {1: (0,), 2: (0,)}},
            ),
        ),
        rules=(
            *RESNET,
            (WRAPPED + r"nl\.theta", OURS + "rnl/g"),
            (WRAPPED + r"nl\.penta", OURS + "rnl/region"),
            (WRAPPED + r"nl\.W\.0", OURS + "rnl/out"),
            (WRAPPED + r"nl\.W\.1", OURS + "rnl/bn"),
            (WRAPPED + r"cg\.W_k", OURS + "gate/context/logits"),
            (WRAPPED + r"cg\.W_v1", OURS + "gate/transform/down"),
            (WRAPPED + r"cg\.bn1", OURS + "gate/transform/bn"),
            (WRAPPED + r"cg\.W_v2", OURS + "gate/transform/up"),
        ),
        classifier="new_fc.weight",
        normalization=IMAGENET,
        clip=(8, 64, 64),
        special={r".*\.penta\.weight": own_channel},
        unused=(r".*\.penta\.mask",),
    ),
)
