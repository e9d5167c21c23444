"""X3D: pytorchvideo's and the SlowFast repository's.

XS, S and M have the same tensors, and M is what is recognised; `--model
x3d_s` says otherwise. They differ in the clips that they were trained on.
"""

from kvideo.convert.kind import KINETICS, Kind, Row
from kvideo.convert.kinds.slowfast import WITH_WINDOWS
from kvideo.convert.twins.x3d import PYTORCHVIDEO, SLOWFAST, X3D

LARGE = {"blocks": (5, 10, 25, 15)}
NANO = {
    "blocks": (1, 2, 2, 1),
    "widths": (12, 24, 32, 48),
    "squeezed": (8, 8, 8, 8),
    "head": 256,
}
# `res{stage}_block{block}` where pytorchvideo counts stages from 1, SlowFast as
# we do, and both count blocks from 0.
SF_BLOCK = r"s(?P<stage>[2-5])\.pathway0_res(?P<index>\d+)\."
OURS = "res{stage}_block{block}_"


def pytorchvideo(base="", path="", ours=""):
    """The rules of pytorchvideo's names.

    Args:
        base: Regular expression for what stands before them.
        path: The same for what stands behind the number of a block.
        ours: What our names begin with.
    """
    stem, head = rf"{base}blocks\.0\.{path}", rf"{base}blocks\.5\.{path}"
    block = (
        base + r"blocks\.(?P<layer>[1-4])\.res_blocks\.(?P<index>\d+)\." + path
    )
    rules = (
        # The names of these two are the wrong way round in the source.
        (stem + r"conv\.conv_t", "stem_space"),
        (stem + r"conv\.conv_xy", "stem_conv"),
        (stem + "norm", "stem_bn"),
        (block + "branch1_conv", OURS + "projection"),
        (block + "branch1_norm", OURS + "bn0"),
        (block + r"branch2\.conv_a", OURS + "conv1"),
        (block + r"branch2\.norm_a", OURS + "bn1"),
        (block + r"branch2\.conv_b", OURS + "conv2"),
        (block + r"branch2\.norm_b\.0", OURS + "bn2"),
        (block + r"branch2\.norm_b\.1\.block\.0", OURS + "se1"),
        (block + r"branch2\.norm_b\.1\.block\.2", OURS + "se2"),
        (block + r"branch2\.conv_c", OURS + "conv3"),
        (block + r"branch2\.norm_c", OURS + "bn3"),
        (head + r"pool\.pre_conv", "conv5_conv"),
        (head + r"pool\.pre_norm", "conv5_bn"),
        (head + r"pool\.post_conv", "head_dense"),
        (head + "proj", "logits"),
    )
    return tuple((theirs, ours + layer) for theirs, layer in rules)


def _rows(names, **overrides):
    fixed = {"names": names, "first_shortcut_norm": bool(overrides)}
    return (
        *(Row(f"x3d_{size}", fixed, overrides) for size in ("m", "s", "xs")),
        Row("x3d_l", fixed | LARGE, overrides),
        Row("x3d_nano", fixed | NANO, overrides),
    )


KINDS = (
    Kind(
        name="pytorchvideo_x3d",
        source="facebookresearch/pytorchvideo",
        twin=X3D,
        rows=_rows(PYTORCHVIDEO),
        rules=pytorchvideo(),
        classifier="blocks.5.proj.weight",
        normalization=KINETICS,
        holds=WITH_WINDOWS,
        clip=(4, 64, 64),
    ),
    Kind(
        name="slowfast_x3d",
        source="facebookresearch/SlowFast",
        twin=X3D,
        rows=_rows(SLOWFAST, first_shortcut_bn=True),
        rules=(
            (r"s1\.pathway0_stem\.conv_xy", "stem_space"),
            (r"s1\.pathway0_stem\.conv", "stem_conv"),
            (r"s1\.pathway0_stem\.bn", "stem_bn"),
            (SF_BLOCK + "branch1", OURS + "projection"),
            (SF_BLOCK + "branch1_bn", OURS + "bn0"),
            (SF_BLOCK + r"branch2\.a", OURS + "conv1"),
            (SF_BLOCK + r"branch2\.a_bn", OURS + "bn1"),
            (SF_BLOCK + r"branch2\.b", OURS + "conv2"),
            (SF_BLOCK + r"branch2\.b_bn", OURS + "bn2"),
            (SF_BLOCK + r"branch2\.se\.fc1", OURS + "se1"),
            (SF_BLOCK + r"branch2\.se\.fc2", OURS + "se2"),
            (SF_BLOCK + r"branch2\.c", OURS + "conv3"),
            (SF_BLOCK + r"branch2\.c_bn", OURS + "bn3"),
            (r"head\.conv_5", "conv5_conv"),
            (r"head\.conv_5_bn", "conv5_bn"),
            (r"head\.lin_5", "head_dense"),
            (r"head\.projection", "logits"),
        ),
        classifier="head.projection.weight",
        normalization=KINETICS,
        holds=WITH_WINDOWS,
        clip=(4, 64, 64),
    ),
)
