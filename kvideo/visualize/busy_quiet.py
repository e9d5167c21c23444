"""What the two pathways of the Busy-Quiet Net see of a clip."""

import keras
import numpy as np

from kvideo.visualize.film_strip import (
    clip_to_uint8,
    film_strip,
    signed_to_uint8,
)


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


def busy_quiet_strip(model, clip, height=96):
    """A clip's film strip above those of its Busy and Quiet parts.

    The clip is shown by the middle frame of each segment of three; Busy by
    `signed_to_uint8`, with mid-grey for what does not change.

    Args:
        model: A Busy-Quiet Net.
        clip: float32 (3 N, H, W, 3) in [0, 255].
        height: Height of a frame in the picture, in pixels.

    Returns:
        uint8 array (H', W', 3).
    """
    busy, quiet = (part[0] for part in busy_quiet_parts(model, clip[None]))
    rows = [
        clip_to_uint8(clip[1::3]),
        signed_to_uint8(busy),
        clip_to_uint8(quiet),
    ]
    return film_strip(rows, ["Clip", "Busy", "Quiet"], height=height)
