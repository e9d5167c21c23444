"""What a network makes of the frames of a clip before it looks at them.

The pictures of Figures 3.10 and 3.15 of G. Huang's thesis, 2022: frames, their
mean, and the dynamic appearance or the squeezed frames below them.
"""

import keras
import numpy as np

from kvideo.visualize.film_strip import (
    clip_to_uint8,
    film_strip,
    signed_to_uint8,
)

TITLES = {
    "DynamicImage": "Dynamic image",
    "MotionBandPass": "Motion band-pass (MBPM)",
    "PixelWiseTemporalProjection": "Dynamic appearance (PWTP)",
    "TemporalSqueezePooling": "Squeezed frames (TSP)",
}
# Of the magnitudes; the few that are larger become black or white as well.
BRIGHTEST = 99.5
# One of 255 steps in normalised units (standard deviation 0.225).
GREY_LEVEL = 1 / (255 * 0.225)


def representation_images(model, clip):
    """Run the layers that turn frames into images.

    Args:
        model: A network with a layer of `TITLES` that makes RGB images of RGB
            frames, e.g. `kvideo.applications.DAN(...)` or `TeSNet`.
        clip: float32 (T, H, W, 3) in [0, 255].

    Returns:
        Dict from titles to float32 arrays (S, H, W, 3), signed, in the
        network's normalised units.

    Raises:
        ValueError: If the network has no such layer, or `clip` is not one.
    """
    clip = np.asarray(clip, "float32")
    if clip.ndim != 4:
        raise ValueError(
            "`clip` must be a single clip (T, H, W, 3). Received: "
            f"shape={clip.shape}"
        )
    found = {
        TITLES[type(layer).__name__]: layer.output
        for layer in model.layers
        if type(layer).__name__ in TITLES
        and layer.input.shape[-1] == layer.output.shape[-1] == 3
    }
    if not found:
        raise ValueError(
            "Only networks that turn frames into images, such as DAN and "
            f"TeSNet, have any to show. Received: model={model.name!r}"
        )
    images = keras.Model(model.inputs, found).predict_on_batch(clip[None])
    return {
        title: keras.ops.convert_to_numpy(image)[0].astype("float32")
        for title, image in images.items()
    }


def representation_strip(clip, images, height=96):
    """Frames, their mean, and what was made of them, row by row.

    The clip is parted into as many parts as there are images: a column shows
    a part's first and last frame and its mean. Images are shown in units of
    their own, with mid-grey for zero.

    Args:
        clip: float32 (T, H, W, 3) in [0, 255].
        images: Dict from titles to arrays (S, H, W, 3), as
            `representation_images` returns them.
        height: Height of a frame in the picture, in pixels.

    Returns:
        uint8 array (H', W', 3).
    """
    parts = np.array_split(clip, max(len(x) for x in images.values()))
    rows = {
        "First frame of each part": [part[0] for part in parts],
        "Last frame": [part[-1] for part in parts],
        "Mean of the part": [part.mean(axis=0) for part in parts],
    }
    pixels = [clip_to_uint8(np.stack(row)) for row in rows.values()]
    pixels += [_signed(image) for image in images.values()]
    return film_strip(pixels, [*rows, *images], height)


def _signed(image):
    peak = np.percentile(np.abs(image), BRIGHTEST)
    return signed_to_uint8(np.clip(image, -peak, peak), GREY_LEVEL)
