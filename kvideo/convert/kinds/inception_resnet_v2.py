"""Cadene's Inception-ResNet-v2 on images, of 1000 or 1001 classes.

The published file has 1001, background first, and becomes a network of 1001
classes; nothing is dropped, so that the proof is of the whole file.
"""

from kvideo.convert.kind import Kind, Row
from kvideo.convert.twins.inception_resnet_v2 import InceptionResNetV2

RESIDUALS = (("repeat", "block35"), ("repeat_1", "block17"))
INCEPTIONS = "mixed_5b|mixed_6a|mixed_7a"


def _branches(there, ours):
    """Of the branches at `there`: a layer, or several in a row."""
    branch = there + r"\.branch(?P<b>\d)"
    for part in ("conv", "bn"):
        yield rf"{branch}\.{part}", f"{ours}_b{{b}}n1{part}"
        yield (
            rf"{branch}\.(?P<index>\d)\.{part}",
            f"{ours}_b{{b}}n{{block}}{part}",
        )


def _residual(there, ours):
    yield from _branches(there, ours)
    yield there + r"\.conv2d", f"{ours}_conv"


def _block8(count):
    """The last of them has a name of its own."""
    rules = list(_residual("block8", f"block8_{count}"))
    for index in range(count - 1):
        ours = f"block8_{index + 1}"
        rules += _residual(rf"repeat_2\.{index}", ours)
    return tuple(rules)


def _numbered():
    """Blocks 35 and 17, by their numbers, which end below 20."""
    for there, ours in RESIDUALS:
        for index in range(20):
            yield from _residual(rf"{there}\.{index}", f"{ours}_{index + 1}")


KINDS = (
    Kind(
        name="cadene_inception_resnet_v2",
        source="Cadene/pretrained-models.pytorch",
        twin=InceptionResNetV2,
        rows=(
            Row("inception_resnet_v2", rules=_block8(10)),
            Row(
                "inception_resnet_v2_nano",
                {"blocks": (1, 1, 1), "divisor": 8},
                rules=_block8(2),
            ),
        ),
        rules=(
            (r"(?P<s>conv2d_\d[ab])\.conv", "{s}_conv"),
            (r"(?P<s>conv2d_\d[ab])\.bn", "{s}_bn"),
            # The pooled branch, whose first layer is the pooling.
            (r"mixed_5b\.branch3\.1\.conv", "mixed_5b_b3n1conv"),
            (r"mixed_5b\.branch3\.1\.bn", "mixed_5b_b3n1bn"),
            *_branches(f"(?P<m>{INCEPTIONS})", "{m}"),
            *_numbered(),
            ("last_linear", "logits"),
        ),
        classifier="last_linear.weight",
        normalization=((0.5,) * 3, (0.5,) * 3),
        clip=(2, 96, 96),
    ),
)
