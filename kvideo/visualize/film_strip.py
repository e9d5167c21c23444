"""A clip as a picture: its frames in a row."""

import keras
import numpy as np

from kvideo.visualize.canvas import text_banner, white, widened


def clip_to_uint8(clip):
    """Pixels of a clip with values in [0, 255]: uint8, like `clip`."""
    return np.clip(np.round(clip), 0, 255).astype("uint8")


def signed_to_uint8(clip, least_peak=0.0):
    """Pixels of signed data, with 0 as mid-grey (128).

    The scale is symmetric, and such that the largest magnitude of the clip
    becomes black or white: a motion picture shows where something changed and
    which way, in units of its own.

    Args:
        clip: Finite array of any shape, such as the Busy part (T, H, W, 3).
        least_peak: Magnitude that becomes black or white at the least, so
            that the rounding errors of a still clip are not blown up.

    Returns:
        uint8 array like `clip`.
    """
    clip = np.asarray(clip, dtype="float32")
    peak = np.abs(clip).max(initial=least_peak)
    scaled = clip / peak if peak > 0 else np.zeros_like(clip)
    return np.round(128 + 127 * scaled).astype("uint8")


def in_colours(clip):
    """A clip that can be shown: RGB as it is, optical flow with colours.

    Args:
        clip: Array (T, H, W, C) in [0, 255], C = 3 or 2.

    Returns:
        Array (T, H, W, 3). Of flow, x is red and y green; blue is that of no
        movement.
    """
    clip = np.asarray(clip)
    if clip.shape[-1] != 2:
        return clip
    still = np.full((*clip.shape[:-1], 1), 127.5).astype(clip.dtype)
    return np.concatenate([clip, still], axis=-1)


def film_strip(rows, titles=None, height=96, gap=4, interpolation="nearest"):
    """Frames side by side, one row for each clip.

    Args:
        rows: One uint8 clip (T, H, W, 3) or a list of them. Frames of
            different sizes are brought to one height; shorter rows end early.
        titles: One line of text above each row, or None.
        height: Height of a frame in the picture, in pixels.
        gap: White pixels between frames and between rows.
        interpolation: `"nearest"` (shows the real pixels) or `"bilinear"`.

    Returns:
        uint8 array (H', W', 3).

    Raises:
        ValueError: A clip that is not uint8 (T, H, W, 3), or titles that do
            not fit the rows.
    """
    rows = [rows] if hasattr(rows, "shape") else list(rows)
    titles = [None] * len(rows) if titles is None else list(titles)
    if len(titles) != len(rows):
        raise ValueError(
            f"Each row needs one title. Received: {len(rows)} rows and "
            f"{len(titles)} titles"
        )
    strips = [_strip(_resized(r, height, interpolation), gap) for r in rows]
    width = max(strip.shape[1] for strip in strips)
    parts = []
    for title, strip in zip(titles, strips, strict=True):
        if title:
            parts.append(text_banner(title, width))
        parts += [widened(strip, width), white(gap, width)]
    return np.concatenate(parts[:-1])


def _resized(clip, height, interpolation):
    """The clip with frames of the given height, as an array."""
    clip = np.asarray(clip)
    if clip.ndim != 4 or clip.shape[-1] != 3 or clip.dtype != np.uint8:
        raise ValueError(
            "A film strip is made of uint8 clips (T, H, W, 3); see "
            "`clip_to_uint8` and `signed_to_uint8`. Received: "
            f"shape={clip.shape}, dtype={clip.dtype}"
        )
    size = (height, max(1, round(clip.shape[2] * height / clip.shape[1])))
    resized = keras.ops.image.resize(
        clip.astype("float32"),
        size,
        interpolation=interpolation,
        data_format="channels_last",
    )
    return clip_to_uint8(keras.ops.convert_to_numpy(resized))


def _strip(clip, gap):
    """The frames of a clip (T, H, W, 3) side by side."""
    parts = []
    for frame in clip:
        parts += [frame, white(frame.shape[0], gap)]
    return np.concatenate(parts[:-1], axis=1)
