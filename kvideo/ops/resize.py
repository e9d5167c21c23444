"""Bilinear and trilinear resizing of clips."""

from keras import ops

from kvideo.ops.arguments import (
    check_clip,
    fold_frames,
    fold_positions,
    unfold_frames,
    unfold_positions,
)


def resize_clip(x, size, frames=None):
    """Resize every frame, and the number of frames too if asked.

    Bilinear with half-pixel centres and without antialiasing, as
    `tf.image.resize` and PyTorch's `align_corners=False`. With `frames`, the
    result is trilinear: the frames first, then the time axis.

    Args:
        x: clips, (B, T, H, W, C).
        size: two ints, the new (H, W).
        frames: int, the new T; `None` keeps T.

    Returns:
        Clips, (B, frames or T, size[0], size[1], C), in the dtype of `x`.

    Raises:
        ValueError: on another rank, or if a size is not a positive int.
    """
    check_clip(x)
    size = _check_size(size, frames)
    if tuple(x.shape[2:4]) != size:
        count = ops.shape(x)[1]
        x = unfold_frames(_bilinear(fold_frames(x), size), count)
    if frames is not None and x.shape[1] != frames:
        grid = (frames, size[0] * size[1])
        x = unfold_positions(_bilinear(fold_positions(x), grid), *size)
    return x


def _check_size(size, frames):
    sizes = (*size, 1 if frames is None else frames)
    if len(sizes) != 3 or any(not isinstance(s, int) or s < 1 for s in sizes):
        raise ValueError(
            "`size` must be two positive ints (H, W) and `frames` a positive "
            f"int or None. Received: size={size}, frames={frames}"
        )
    return sizes[:2]


def _bilinear(images, size):
    return ops.image.resize(
        images, size, interpolation="bilinear", data_format="channels_last"
    )
