"""MobileNetV2: TSM's, and torchvision's for a network that shifts.

TSM's online demo shifts the first channels of a block's input, where its
training code, and ours, shifts the second ones. So the two change places in
all layers that write or read them, which leaves the network what it is.
"""

import numpy as np

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.twins.mobilenet_v2 import (
    GROUPS,
    ImageMobileNetV2,
    OnlineMobileNetV2,
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


def _rows(*layout, **twin):
    return (
        Row("tsm_mobilenet_v2", twin, rules=rules(GROUPS, *layout)),
        Row(
            "tsm_mobilenet_v2_nano",
            NANO | twin,
            rules=rules(NANO_GROUPS, *layout),
        ),
    )


def _online_row(model, groups, fold_div, **twin):
    return Row(
        model,
        {"groups": groups, "fold_div": fold_div, **twin},
        {"online_shift": True},
        rules=rules(groups, "", FLAT, FLAT_PLAIN, "classifier"),
        special=channel_swaps(groups, fold_div),
    )


def channel_swaps(groups, fold_div):
    """Which channels change places: dict for `Row.special`."""
    shifted = [count > 1 for _, _, count, _ in groups for _ in range(count)]
    found, last = {}, len(shifted)
    for index in (i for i, moves in enumerate(shifted, start=1) if moves):
        reader = rf"{index + 1}\.conv\.0" if index < last else rf"{last + 1}\.0"
        written = rf"features\.{index}\.conv\.[67]\.\w+"
        found[written] = _swapped(0, fold_div)
        found[rf"features\.{reader}\.weight"] = _swapped(1, fold_div)
    return found


def _swapped(axis, fold_div):
    def swap(tensor):
        count = tensor.shape[axis]
        fold = count // fold_div
        order = [*range(fold, 2 * fold), *range(fold), *range(2 * fold, count)]
        return np.take(tensor, order, axis)

    return swap


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
        name="tsm_mobilenet_v2_without_dropout",
        source="mit-han-lab/temporal-shift-module, trained with --dropout 0",
        twin=TSMMobileNetV2,
        rows=_rows(
            *(r"base_model\.", FLAT, FLAT_PLAIN, r"base_model\.classifier"),
            head="base_model.classifier",
        ),
        rules=(),
        classifier="base_model.classifier.weight",
        normalization=IMAGENET,
        clip=(8, 64, 64),
    ),
    Kind(
        name="tsm_online_mobilenet_v2",
        source="mit-han-lab/temporal-shift-module, online_demo",
        twin=OnlineMobileNetV2,
        rows=(
            _online_row("tsm_mobilenet_v2", GROUPS, 8),
            _online_row(
                *("tsm_mobilenet_v2_nano", NANO_GROUPS, 4),
                stem=16,
                last=192,
            ),
        ),
        rules=(),
        classifier="classifier.weight",
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
