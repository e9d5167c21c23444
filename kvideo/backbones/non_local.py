"""Where non-local blocks, and attention of other kinds, stand in a ResNet.

Paper: Wang et al., "Non-local Neural Networks", CVPR 2018: five blocks, every
second one of res3 and res4, or ten, every one. The places differ between
releases: TSM's code (and the thesis after it) counts from the first block of
a stage, SlowFast's and GluonCV's from the second. The thesis' ablations have
one block in res3, and do not say which: here the first, as of five.
"""

from kvideo.layers.conv3d import he_normal_fan_out

# (layout, number of blocks, blocks of res4) -> blocks of res3, blocks of res4.
PLACES = {
    ("tsm", 1, 6): ((1,), ()),
    ("tsm", 1, 23): ((1,), ()),
    ("tsm", 5, 6): ((1, 3), (1, 3, 5)),
    ("tsm", 5, 23): ((1, 3), (1, 3, 5)),
    ("tsm", 10, 6): ((1, 2, 3, 4), (1, 2, 3, 4, 5, 6)),
    ("slowfast", 5, 6): ((2, 4), (2, 4, 6)),
    ("slowfast", 5, 23): ((2, 4), (7, 14, 21)),
    ("slowfast", 10, 6): ((1, 2, 3, 4), (1, 2, 3, 4, 5, 6)),
}


def options(layout):
    """What else differs between them: arguments of `NonLocal`.

    A function, since an initialiser draws its seed when it is made: made on
    import, it would move the random state that the caller has just set.
    """
    if layout == "tsm":
        return {"scale": False, "sub_sample": False}
    return {
        "scale": True,
        "sub_sample": "before",
        "kernel_initializer": he_normal_fan_out(),
    }


def places(non_local, layout, blocks, argument="non_local"):
    """Names of the residual blocks that a non-local block follows.

    Args:
        non_local: 0 for none, 1, 5, 10, or the names themselves.
        layout: `"tsm"` or `"slowfast"`.
        blocks: Residual blocks in res2 to res5.
        argument: What the caller's user knows `non_local` as.

    Raises:
        ValueError: If the backbone has no such row.
    """
    if not isinstance(non_local, int):
        return tuple(non_local)
    if non_local == 0:
        return ()
    row = PLACES.get((layout, non_local, blocks[2]))
    if row is None:
        known = sorted(
            {n for of, n, b in PLACES if (of, b) == (layout, blocks[2])}
        )
        raise ValueError(
            f"`{argument}` must be 0"
            + "".join(f", {n}" for n in known)
            + " or a list of step names such as ('res3_block1',) for a "
            f"backbone of {blocks} blocks. Received: {argument}={non_local}."
        )
    return tuple(
        f"res{stage}_block{block}"
        for stage, counted in enumerate(row, start=3)
        for block in counted
    )
