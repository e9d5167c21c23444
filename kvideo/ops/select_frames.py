"""Frames by their numbers, each clip its own."""

from keras import ops

from kvideo.ops.arguments import check_clip, fold_frames


def select_frames(x, indices):
    """Take frames out of each clip.

    The gradient flows to the frames that are taken, and to no others.

    Args:
        x: clips, (B, T, H, W, C), T known.
        indices: int32 (B, K), frames of each clip, in [0, T).

    Returns:
        Clips, (B, K, H, W, C), in the order of the indices.

    Raises:
        ValueError: on another rank, or if T is unknown.
    """
    check_clip(x)
    frames = x.shape[1]
    if frames is None or len(indices.shape) != 2:
        raise ValueError(
            "`x` must have a known number of frames and `indices` the axes "
            f"(B, K). Received: x.shape={tuple(x.shape)}, "
            f"indices.shape={tuple(indices.shape)}"
        )
    # All clips as one row of frames: a gather for each clip by itself
    # (`take_along_axis`) takes milliseconds in TFLite.
    first = ops.arange(ops.shape(x)[0], dtype="int32") * frames
    rows = ops.cast(indices, "int32") + first[:, None]
    taken = ops.take(fold_frames(x), ops.reshape(rows, (-1,)), axis=0)
    return ops.reshape(taken, (-1, indices.shape[1], *ops.shape(x)[2:]))
