"""Draws docs/images/procedural_*.jpg: a contact sheet of each level.

Run: python docs/build_procedural.py
"""

from pathlib import Path

import numpy as np
from PIL import Image

from kvideo.data.procedural import (
    LEVELS,
    SceneConfig,
    TexturePool,
    render_scene,
)

FOLDER = Path(__file__).parent / "images"


def sheet(level):
    """A row of eight frames for each class: uint8 (H, W, 3)."""
    pool, rows = TexturePool(seed=3), []
    for number, name in enumerate(LEVELS[level]):
        rng = np.random.default_rng((3, number))
        frames = render_scene(name, rng, pool, SceneConfig(num_frames=8))
        rows.append(np.concatenate(list(frames), axis=1))
    return np.concatenate(rows)


def main():
    for level in LEVELS:
        path = FOLDER / f"procedural_{level}.jpg"
        Image.fromarray(sheet(level)).save(path, quality=82)
        print(path)


if __name__ == "__main__":
    main()
