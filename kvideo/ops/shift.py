"""The temporal shift of TSM (Lin et al., ICCV 2019, arXiv:1811.08383)."""

import keras
from keras import ops

from kvideo.ops.arguments import check_clip
from kvideo.ops.gradients import with_gradient
from kvideo.ops.lowering import current_lowering


def shift_frames(x, fold, online=False):
    """Shift some channels by one frame, and fill the gap with zeros.

    The first `fold` channels of a frame come from the next frame, the second
    `fold` channels from the previous one, the others stay.

    Args:
        x: clips, (B, T, H, W, C).
        fold: int, channels that move in each direction, from 0 to C // 2
            (TSM: C // 8).
        online: whether the first `fold` channels stay, too, so that no frame
            takes anything from the next one.

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
    # The gradient moves the channels back. TensorFlow's own, of the slices,
    # is five times slower.
    return with_gradient(
        lambda x: _move(x, fold, online, back=False),
        lambda dy: _move(dy, fold, online, back=True),
        x,
    )


def _move(x, fold, online, back):
    on_tensorflow = keras.backend.backend() == "tensorflow"
    if on_tensorflow and current_lowering() == "train":
        from kvideo.ops import _tensorflow_shift

        return _tensorflow_shift.move(x, fold, online, back)
    first = x[..., :fold]
    if not online:
        first = _neighbours(first, previous=back)
    second = _neighbours(x[..., fold : 2 * fold], previous=not back)
    return ops.concatenate([first, second, x[..., 2 * fold :]], axis=-1)


def _neighbours(x, previous):
    """The previous (or next) frame in place of each; zeros at the end."""
    frames = x[:, :-1] if previous else x[:, 1:]
    gap = (1, 0) if previous else (0, 1)
    return ops.pad(frames, [(0, 0), gap, (0, 0), (0, 0), (0, 0)])
