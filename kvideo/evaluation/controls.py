"""Clips with their time destroyed: does a network use the order of frames?

A control is a function `(clips, first) -> clips` on arrays (B, T, H, W, C),
where `first` is the number of the batch's first clip in the data set. It goes
to `kvideo.evaluation.evaluate(..., control=...)`. A network that reads single
frames scores the same under every control.
"""

import numpy as np


def shuffle_frames(clips, first=0, seed=0):
    """Give the frames of each clip a random order of their own.

    All frames move alone, also those of one segment: what a network takes for
    neighbours are frames from anywhere in the clip.

    Args:
        clips: Array (B, T, H, W, C).
        first: Number of the first clip in its data set. The order depends on
            `seed` and the number alone, not on the batch size.
        seed: Integer.

    Returns:
        Array like `clips`.
    """
    clips = _checked(clips)
    frames = clips.shape[1]
    orders = [
        np.random.default_rng((seed, first + i)).permutation(frames)
        for i in range(len(clips))
    ]
    return np.stack(
        [clip[order] for clip, order in zip(clips, orders, strict=True)]
    )


def reverse_frames(clips, first=0):
    """Show each clip backwards.

    What looks the same backwards (waving) should stay, what has a direction
    (opening) should turn into its opposite.

    Args:
        clips: Array (B, T, H, W, C).
        first: Not used; every control takes it.

    Returns:
        Array like `clips`.
    """
    del first
    return _checked(clips)[:, ::-1].copy()


def repeat_one_frame(clips, first=0):
    """Show the middle frame of each clip all the time.

    Args:
        clips: Array (B, T, H, W, C).
        first: Not used; every control takes it.

    Returns:
        Array like `clips`.
    """
    del first
    clips = _checked(clips)
    middle = clips.shape[1] // 2
    return np.repeat(clips[:, middle : middle + 1], clips.shape[1], axis=1)


def _checked(clips):
    clips = np.asarray(clips)
    if clips.ndim != 5:
        raise ValueError(
            "Controls take a batch of clips with axes (B, T, H, W, C). "
            f"Received: clips.shape={clips.shape}. A single clip needs a "
            "batch axis: clip[None]."
        )
    return clips


CONTROLS = {
    "shuffled frames": shuffle_frames,
    "reversed frames": reverse_frames,
    "one repeated frame": repeat_one_frame,
}
