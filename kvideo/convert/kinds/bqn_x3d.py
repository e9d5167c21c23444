"""BQN on X3D-M (russellllaputa/busy-quiet-net).

Two layouts: `bqn_x3d_reverse.py`, where the ways to Busy and to Quiet take
turns, and `bqn_x3d.py`, where every block has both.
"""

from kvideo.convert.kind import KINETICS, Kind, Row
from kvideo.convert.kinds.bqn import BASE, RELEASED, SOURCE, laterals
from kvideo.convert.kinds.x3d import pytorchvideo
from kvideo.convert.twins.bqn_x3d import BQNX3D

BLOCKS = (3, 5, 11, 7)
PLACE = BASE + r"blocks\.{stage}\.res_blocks\.{index}\."


def _kind(name, both_ways, **overrides):
    ways = laterals(
        BLOCKS, PLACE, "up", "down", {1: "conv", 2: "norm"}, both_ways
    )
    return Kind(
        name=name,
        source=SOURCE,
        twin=BQNX3D,
        rows=(
            Row("bqn_x3d_m", {"both_ways": both_ways}, RELEASED | overrides),
        ),
        rules=(
            *ways,
            *pytorchvideo(BASE, r"path_f\.", "busy_"),
            *pytorchvideo(BASE, r"path_c\.", "quiet_"),
            (BASE + r"mbpf1\.conv_s", "busy_input/spatial_kernel"),
            (BASE + r"mbpf1\.conv_t", "busy_input/temporal_kernel"),
        ),
        classifier="base_model.blocks.5.path_f.proj.weight",
        normalization=KINETICS,
        # The sizes of both pathways must be 5 to 8 in every stage.
        clip=(6, 256, 256),
    )


KINDS = (
    _kind("bqn_x3d", both_ways=False, phi="conv_both"),
    _kind(
        "bqn_x3d_both_ways",
        both_ways=True,
        phi="conv_both",
        lateral="in_turn",
    ),
)
