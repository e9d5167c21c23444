"""BQN on a ResNet (russellllaputa/busy-quiet-net).

Two layouts: `bqn_resnet_reverse.py`, which is the network of the thesis, and
`bqn_resnet.py`, which connects both pathways both ways after every block.
"""

from kvideo.convert.kind import IMAGENET, Kind, Row
from kvideo.convert.twins.bqn import BQN
from kvideo.convert.twins.resnet import NANO

SOURCE = "russellllaputa/busy-quiet-net"
# What all networks of the code have in common.
RELEASED = {"log_norm": "sum", "quiet_input": "first_frame"}
BASE = r"base_model\."
PAIR = BASE + r"layer(?P<layer>\d)\.(?P<index>\d+)\."
PATHS = (("busy", "f", "d_"), ("quiet", "c", ""))
R50, R101 = (3, 4, 6, 3), (3, 4, 23, 3)
BQN_NANO = NANO | {"fold_div": 4, "kernels": (7, 3, 3, 3)}


def laterals(blocks, place, up, down, parts, both_ways=False):
    """Our connections are counted through, theirs stand in their blocks.

    Args:
        blocks: Blocks of the four stages.
        place: Regular expression for a block, with `{stage}`, from 1, and
            `{index}`, from 0.
        up: Their name for the way to Busy, besides the band-pass.
        down: Their name for the way to Quiet.
        parts: Dict from the numbers of layers in either to our names.
        both_ways: Whether every block has both; else by turns.
    """
    number = 0
    for stage, count in enumerate(blocks, start=1):
        for index in range(count):
            number += 1
            there = place.format(stage=stage, index=index)
            busy, quiet = (f"lateral{number}_{p}/" for p in ("busy", "quiet"))
            if both_ways or number % 2:
                yield from _way(there + down, quiet, parts)
            if both_ways or number % 2 == 0:
                yield from _way(there + up, busy, parts)
                for theirs, ours in (("s", "spatial"), ("t", "temporal")):
                    yield (
                        rf"{there}mbpf\.conv_{theirs}",
                        f"{busy}band_pass/{ours}_kernel",
                    )


def _way(theirs, ours, parts):
    return ((rf"{theirs}\.{n}", ours + part) for n, part in parts.items())


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


def rows(twin, overrides, **ways):
    """ResNet-50, -101 and our small one.

    Args:
        twin: Arguments of the twin.
        overrides: Arguments of our network.
        **ways: Of `laterals`.
    """
    place = BASE + r"layer{stage}\.{index}\."
    return tuple(
        Row(
            model,
            {"blocks": blocks, **sizes, **twin},
            RELEASED | overrides,
            rules=tuple(laterals(blocks, place, **ways)),
        )
        for model, blocks, sizes in (
            ("bqn_tsm_resnet50", R50, {}),
            ("bqn_tsm_resnet101", R101, {}),
            ("bqn_nano", NANO["blocks"], BQN_NANO),
        )
    )


COMMON = {
    "source": SOURCE,
    "twin": BQN,
    "rules": (
        *(rule for row in PATHS for rule in pathway(*row)),
        (BASE + r"mbpf1\.conv_s", "busy_input/spatial_kernel"),
        (BASE + r"mbpf1\.conv_t", "busy_input/temporal_kernel"),
        (BASE + "fc", "logits"),
    ),
    "classifier": "base_model.fc.weight",
    "normalization": IMAGENET,
}
KINDS = (
    Kind(
        name="bqn",
        rows=rows({}, {}, up="up", down="down", parts={1: "norm"}),
        # The sizes of both pathways must be 5 to 8 in every stage.
        clip=(6, 256, 256),
        **COMMON,
    ),
    Kind(
        name="bqn_both_ways",
        rows=rows(
            {"both_ways": True},
            {
                "lateral": "bidirectional",
                "phi": "conv_both",
                "quiet_scale": 1.0,
            },
            up="d_up",
            down="d_down",
            parts={0: "conv", 1: "norm"},
            both_ways=True,
        ),
        clip=(6, 64, 64),
        **COMMON,
    ),
)
