"""MobileNetV2: TSM's, and torchvision's for a network that shifts."""

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.twins.mobilenet_v2 import (
    GROUPS,
    ImageMobileNetV2,
    TSMMobileNetV2,
)

NANO_GROUPS = (
    (1, 8, 1, 1),
    (4, 16, 2, 2),
    (4, 24, 2, 2),
    (4, 32, 2, 2),
    (4, 48, 2, 2),
)
NANO = {"groups": NANO_GROUPS, "stem": 16, "last": 192, "fold_div": 4}
# Where convolution 1, 2 and 3 of a block are, and their normalisations, in a
# block with and without an expansion.
FLAT = (("0", "1"), ("3", "4"), ("6", "7"))
FLAT_PLAIN = (None, ("0", "1"), ("3", "4"))
GROUPED = ((r"0\.0", r"0\.1"), (r"1\.0", r"1\.1"), ("2", "3"))
GROUPED_PLAIN = (None, (r"0\.0", r"0\.1"), ("1", "2"))


def block_names(groups):
    """Our names of the blocks: a stage begins where the size halves."""
    stage, block = 1, 0
    for _, _, count, first in groups:
        for stride in (first, *[1] * (count - 1)):
            stage, block = (stage + 1, 1) if stride == 2 else (stage, block + 1)
            yield f"res{stage}_block{block}" if stage > 1 else "separable"


def rules(groups, prefix, layers, plain_layers, head):
    """Of a network of so many blocks.

    Args:
        groups: See `twins/mobilenet_v2.py`.
        prefix: What stands before `features`.
        layers: Where a block has its layers.
        plain_layers: The same for a block without an expansion.
        head: The classifier's name.
    """
    features = prefix + r"features\."
    names = list(block_names(groups))
    expansions = [e for e, _, count, _ in groups for _ in range(count)]
    found = [
        (rf"{features}0\.0", "stem_conv"),
        (rf"{features}0\.1", "stem_bn"),
        (rf"{features}{len(names) + 1}\.0", "conv5_conv"),
        (rf"{features}{len(names) + 1}\.1", "conv5_bn"),
        (head, "logits"),
    ]
    for index, (name, expansion) in enumerate(
        zip(names, expansions, strict=True), start=1
    ):
        places = layers if expansion > 1 else plain_layers
        for number, place in enumerate(places, start=1):
            if place:
                conv, norm = (rf"{features}{index}\.conv\.{p}" for p in place)
                found.append((conv + r"(?:\.net)?", f"{name}_conv{number}"))
                found.append((norm, f"{name}_bn{number}"))
    return tuple(found)


def _rows(*layout):
    return (
        Row("tsm_mobilenet_v2", rules=rules(GROUPS, *layout)),
        Row("tsm_mobilenet_v2_nano", NANO, rules=rules(NANO_GROUPS, *layout)),
    )


KINDS = (
    Kind(
        name="tsm_mobilenet_v2",
        source="mit-han-lab/temporal-shift-module",
        twin=TSMMobileNetV2,
        rows=_rows(r"base_model\.", FLAT, FLAT_PLAIN, "new_fc"),
        rules=(),
        classifier="new_fc.weight",
        normalization=IMAGENET,
        clip=(8, 64, 64),
    ),
    Kind(
        name="torchvision_mobilenet_v2",
        source="pytorch/vision",
        twin=ImageMobileNetV2,
        rows=_rows("", GROUPED, GROUPED_PLAIN, r"classifier\.1"),
        rules=(),
        classifier="classifier.1.weight",
        normalization=IMAGENET,
        clip=(8, 64, 64),
    ),
)
