"""Maps of numbers as heat over the frames of a clip."""

import numpy as np

from kvideo.visualize.canvas import import_matplotlib
from kvideo.visualize.film_strip import clip_to_uint8

OPACITY = 0.7


def stretch(maps, shape):
    """Maps brought to the size of a clip, linearly along each axis.

    Args:
        maps: Array (T', H', W').
        shape: (T, H, W).

    Returns:
        float32 array of that shape. Cells and pixels have their middles in
        the same places, as in `kvideo.ops.resize_clip`.
    """
    maps = np.asarray(maps, "float32")
    for axis, length in enumerate(shape):
        maps = _stretch_axis(maps, axis, length)
    return maps


def _stretch_axis(maps, axis, length):
    cells = maps.shape[axis]
    places = (np.arange(length) + 0.5) * cells / length - 0.5
    places = np.clip(places, 0, cells - 1)
    lower = np.floor(places).astype(int)
    upper = np.minimum(lower + 1, cells - 1)
    shape = [1] * maps.ndim
    shape[axis] = length
    share = (places - lower).astype("float32").reshape(shape)
    low, high = np.take(maps, lower, axis), np.take(maps, upper, axis)
    return low + share * (high - low)


def to_heat(maps):
    """Maps in [0, 1]: what is negative is 0, and the largest value 1.

    Maps without a positive value become 0 everywhere.
    """
    maps = np.maximum(np.asarray(maps, "float32"), 0)
    peak = maps.max(initial=0)
    return maps / peak if peak > 0 else maps


def overlay(clip, heat):
    """Frames with heat laid over them.

    Args:
        clip: Array (T, H, W, 3) in [0, 255].
        heat: Array (T, H, W) in [0, 1], see `stretch` and `to_heat`. The
            hotter, the redder, and the less is seen of the frame.

    Returns:
        uint8 array (T, H, W, 3).

    Raises:
        ValueError: If the two do not fit.
        ImportError: If matplotlib is not installed.
    """
    clip, heat = np.asarray(clip), np.asarray(heat)
    if clip.shape != (*heat.shape, 3):
        raise ValueError(
            "`heat` (T, H, W) must have the size of `clip` (T, H, W, 3). "
            f"Received: heat.shape={heat.shape}, clip.shape={clip.shape}. "
            "`stretch` brings maps to a size."
        )
    colors = import_matplotlib().colormaps["turbo"](heat)[..., :3]
    share = OPACITY * heat[..., None]
    return clip_to_uint8((1 - share) * clip + share * 255 * colors)
