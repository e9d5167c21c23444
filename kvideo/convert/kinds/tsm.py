"""TSM (mit-han-lab/temporal-shift-module): ResNets, with and without NL.

Its ResNet-101 shifts in every second block, which the names show: a layer
behind a shift has `.net` in its name. Trained with `--dropout 0`, its
classifier is `base_model.fc` instead of `new_fc`.
"""

from dataclasses import replace

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.kinds.names import torchvision_resnet
from kvideo.convert.twins.attention import TSMNonLocal
from kvideo.convert.twins.resnet import NANO, TSM

R101 = {"blocks": (3, 4, 23, 3)}
TSM_NANO = {**NANO, "fold_div": 4}
BASE = r"base_model\."
COMMON = {
    "source": "mit-han-lab/temporal-shift-module",
    "classifier": "new_fc.weight",
    "normalization": IMAGENET,
    "clip": (8, 64, 64),
}
RESNET = torchvision_resnet(BASE, "new_fc")
WRAPPED = BASE + r"layer(?P<layer>\d)\.(?P<index>\d+)\."
NON_LOCAL = "res{stage}_block{block}_nonlocal/"

WITH_DROPOUT = (
    Kind(
        name="tsm",
        twin=TSM,
        rows=(
            Row("tsm_resnet50"),
            Row("tsm_resnet101", R101 | {"shift_every": 2}),
            Row("tsm_resnet101", R101, {"shift_every": 1}),
            Row("tsn_resnet50", {"shift_every": 0}),
            Row("tsn_resnet101", R101 | {"shift_every": 0}),
            Row("tsm_resnet_nano", TSM_NANO),
        ),
        rules=RESNET,
        **COMMON,
    ),
    Kind(
        name="tsm_nl",
        twin=TSMNonLocal,
        rows=(
            Row(
                "tsm_resnet50",
                overrides={"non_local": 5, "non_local_sub_sample": "after"},
            ),
            Row(
                "tsm_resnet_nano",
                TSM_NANO | {"places": {1: (0,), 2: (0,)}},
                {
                    "non_local": ["res3_block1", "res4_block1"],
                    "non_local_sub_sample": "after",
                },
            ),
        ),
        rules=(
            *RESNET,
            (
                WRAPPED + r"nl\.(?P<part>theta|phi|g)(?:\.0)?",
                NON_LOCAL + "{part}",
            ),
            (WRAPPED + r"nl\.W\.0", NON_LOCAL + "out"),
            (WRAPPED + r"nl\.W\.1", NON_LOCAL + "bn"),
        ),
        **COMMON,
    ),
)


def _without_dropout(kind):
    head = "base_model.fc"
    rows = (replace(row, twin=row.twin | {"head": head}) for row in kind.rows)
    others = tuple(rule for rule in kind.rules if rule[1] != "logits")
    return replace(
        kind,
        name=f"{kind.name}_without_dropout",
        source=f"{kind.source}, trained with --dropout 0",
        rows=tuple(rows),
        rules=(*others, (r"base_model\.fc", "logits")),
        classifier=f"{head}.weight",
    )


KINDS = (*WITH_DROPOUT, *map(_without_dropout, WITH_DROPOUT))
