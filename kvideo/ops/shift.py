"""The temporal shift of TSM (Lin et al., ICCV 2019, arXiv:1811.08383)."""

from keras import ops

from kvideo.ops.arguments import check_clip


def shift_frames(x, fold):
    """Shift some channels by one frame, and fill the gap with zeros.

    The first `fold` channels of a frame come from the next frame, the second
    `fold` channels from the previous one, the others stay.

    Args:
        x: clips, (B, T, H, W, C).
        fold: int, channels that move in each direction, from 0 to C // 2
            (TSM: C // 8).

    Returns:
        Clips of the same shape and dtype.

    Raises:
        ValueError: on another rank, or if `2 * fold` exceeds C.
    """
    check_clip(x)
    channels = x.shape[-1]
    if not 0 <= 2 * fold <= channels:
        raise ValueError(
            "`fold` channels move in each direction, so `2 * fold` must be "
            f"between 0 and C. Received: fold={fold}, "
            f"x.shape={tuple(x.shape)}"
        )
    if fold == 0:
        return x
    earlier = ((0, 0), (0, 1), (0, 0), (0, 0), (0, 0))
    later = ((0, 0), (1, 0), (0, 0), (0, 0), (0, 0))
    from_next = ops.pad(x[:, 1:, :, :, :fold], earlier)
    from_previous = ops.pad(x[:, :-1, :, :, fold : 2 * fold], later)
    return ops.concatenate(
        [from_next, from_previous, x[..., 2 * fold :]], axis=-1
    )
