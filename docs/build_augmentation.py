"""Draws docs/images/augmentation.png: one clip under each transform."""

import pathlib

import numpy as np
from PIL import Image

from kvideo import layers
from kvideo.data import render_motion_video
from kvideo.visualize import contact_sheet

OUT = pathlib.Path(__file__).parent / "images" / "augmentation.png"
SIZE = (96, 96)
MIXED = 4  # a seed that gives the two clips each other as partners


def transforms():
    """Names and layers, in the order of the picture."""
    return {
        "as it is": layers.ClipCenterCrop(*SIZE),
        "ClipRandomFlip": layers.ClipRandomFlip(1.0, seed=1),
        "ClipMultiScaleCrop": layers.ClipMultiScaleCrop(*SIZE, seed=4),
        "ClipRandomResizedCrop": layers.ClipRandomResizedCrop(*SIZE, seed=2),
        "ClipShortSideJitter": layers.ClipShortSideJitter(
            *SIZE, (110, 140), seed=2
        ),
        "ClipColorJitter": layers.ClipColorJitter(hue=0.3, seed=2),
        "ClipRandAugment": layers.ClipRandAugment(magnitude=5, seed=5),
        "ClipRandomErasing": layers.ClipRandomErasing(1.0, seed=1),
        "ClipMixUp": layers.ClipMixUp(9.0, seed=MIXED),
        "ClipCutMix": layers.ClipCutMix(seed=1),
    }


def main():
    videos = [render_motion_video(n, 3, "easy") for n in ("move_left", "grow")]
    clips = np.stack(videos)[:, ::6].astype("float32")
    layers_by_name = transforms()
    shown = [np.asarray(layer(clips))[0] for layer in layers_by_name.values()]
    sheet = contact_sheet(
        (np.stack(shown), np.arange(len(shown))),
        count=len(shown),
        class_names=list(layers_by_name),
    )
    Image.fromarray(sheet).save(OUT)


if __name__ == "__main__":
    main()
