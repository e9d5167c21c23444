"""What the two pathways of the Busy-Quiet Net see of a clip."""

import keras
import numpy as np

from kvideo.visualize.film_strip import (
    clip_to_uint8,
    film_strip,
    signed_to_uint8,
)

# One of 255 steps in normalised units (standard deviation 0.225).
GREY_LEVEL = 1 / (255 * 0.225)


def busy_quiet_parts(model, clips):
    """Run the layers that part a clip, as the network has learnt them.

    Args:
        model: A Busy-Quiet Net: `kvideo.applications.BQN(...)`.
        clips: float32 (B, 3 N, H, W, 3) in [0, 255].

    Returns:
        The Busy part (B, N, H, W, 3), signed, in normalised units, and the
        Quiet part (B, N, H', W', 3), in the units of the clip.

    Raises:
        ValueError: If the network has no Busy and Quiet inputs.
    """
    names = [layer.name for layer in model.layers]
    missing = {"normalize", "busy_input", "quiet_input"} - set(names)
    if missing:
        raise ValueError(
            "Only a Busy-Quiet Net that normalises its input and has both "
            f"parts can show them. Received: model={model.name!r}, which "
            f"lacks the layers {sorted(missing)}"
        )
    outputs = [
        model.get_layer(name).output for name in ("busy_input", "quiet_input")
    ]
    parts = keras.Model(model.inputs, outputs).predict_on_batch(clips)
    busy, quiet = (keras.ops.convert_to_numpy(part) for part in parts)
    normalize = model.get_layer("normalize")
    pixels = (quiet - np.array(normalize.offset)) / np.array(normalize.scale)
    return busy, pixels.astype("float32")


def busy_quiet_strips(model, clips, height=96):
    """The film strip of each clip above those of its Busy and Quiet parts.

    A clip is shown by the middle frame of each segment of three; Busy by
    `signed_to_uint8`, with mid-grey for what does not change; Quiet by
    `fit_to_pixels`.

    Args:
        model: A Busy-Quiet Net.
        clips: float32 (B, 3 N, H, W, 3) in [0, 255].
        height: Height of a frame in the picture, in pixels.

    Returns:
        List of B uint8 arrays (H', W', 3).
    """
    strips = []
    for clip, busy, quiet in zip(
        clips, *busy_quiet_parts(model, clips), strict=True
    ):
        rows = [
            clip_to_uint8(clip[1::3]),
            signed_to_uint8(busy, GREY_LEVEL),
            clip_to_uint8(fit_to_pixels(quiet)),
        ]
        strips.append(film_strip(rows, ["Clip", "Busy", "Quiet"], height))
    return strips


def fit_to_pixels(clip):
    """Reduce the contrast around mid-grey of what exceeds [0, 255] by far.

    A Quiet part is the clip less its Busy part, and a band-pass kernel that
    was divided by its sum outweighs the clip a hundredfold.

    Args:
        clip: float (T, H, W, C), in the units of pixels.

    Returns:
        The same where 99 % of the values lie in [-64, 319]; otherwise scaled
        so that 99 % of them lie in [0, 255].
    """
    peak = np.percentile(np.abs(clip - 127.5), 99)
    if peak <= 1.5 * 127.5:
        return clip
    return 127.5 + (clip - 127.5) * (127.5 / peak)
