"""BQN (russellllaputa/busy-quiet-net), the "reverse" code on a ResNet.

Our networks are those of the thesis, which this code trains. The authors'
other layouts are not of them: `bqn_resnet.py` and both X3D files have a 1x1
convolution behind the band-pass on the way to Busy, which the thesis has not.
"""

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.twins.bqn import BQN
from kvideo.convert.twins.resnet import NANO

BASE = r"base_model\."
PAIR = BASE + r"layer(?P<layer>\d)\.(?P<index>\d+)\."
RELEASED = {"log_norm": "sum", "quiet_input": "first_frame"}
PATHS = (("busy", "f", "d_"), ("quiet", "c", ""))


def laterals(blocks):
    """Our connections are counted through, theirs stand in their blocks."""
    number = 0
    for layer, count in enumerate(blocks, start=1):
        for index in range(count):
            number += 1
            there = BASE + rf"layer{layer}\.{index}\."
            busy, quiet = (f"lateral{number}_{p}" for p in ("busy", "quiet"))
            if number % 2:
                yield rf"{there}down\.1", f"{quiet}/norm"
            else:
                yield rf"{there}up\.1", f"{busy}/norm"
                yield (
                    rf"{there}mbpf\.conv_s",
                    f"{busy}/band_pass/spatial_kernel",
                )
                yield (
                    rf"{there}mbpf\.conv_t",
                    f"{busy}/band_pass/temporal_kernel",
                )


def pathway(path, letter, stem):
    block = PAIR + rf"path_{letter}\."
    ours = path + "_res{stage}_block{block}"
    return (
        (rf"{BASE}{stem}conv1", f"{path}_stem_conv"),
        (rf"{BASE}{stem}bn1", f"{path}_stem_bn"),
        (rf"{block}conv(?P<n>\d)", ours + "_conv{n}"),
        (rf"{block}bn(?P<n>\d)", ours + "_bn{n}"),
        (rf"{block}downsample\.0", ours + "_projection"),
        (rf"{block}downsample\.1", ours + "_bn0"),
    )


def _row(model, blocks, **twin):
    rules = tuple(laterals(blocks))
    return Row(model, {"blocks": blocks, **twin}, RELEASED, rules=rules)


KINDS = (
    Kind(
        name="bqn",
        source="russellllaputa/busy-quiet-net",
        twin=BQN,
        rows=(
            _row("bqn_tsm_resnet50", (3, 4, 6, 3)),
            _row("bqn_tsm_resnet101", (3, 4, 23, 3)),
            _row(
                "bqn_nano",
                **NANO | {"fold_div": 4, "kernels": (7, 3, 3, 3)},
            ),
        ),
        rules=(
            *(rule for row in PATHS for rule in pathway(*row)),
            (BASE + r"mbpf1\.conv_s", "busy_input/spatial_kernel"),
            (BASE + r"mbpf1\.conv_t", "busy_input/temporal_kernel"),
            (BASE + "fc", "logits"),
        ),
        classifier="base_model.fc.weight",
        normalization=IMAGENET,
        # The sizes of both pathways must be 5 to 8 in every stage.
        clip=(6, 256, 256),
    ),
)
