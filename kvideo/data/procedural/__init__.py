"""Clips that teach motion, made of numbers alone.

No file, no network connection and no natural picture is needed. What a clip
shows follows from its label and a seed: textures that a camera moves over,
shapes that move, turn and change size, several at once and one behind another,
and stick figures that wave, walk, jump or fall. After the progression in Yu,
Chen and Gandelsman, "Learning Video Representations without Natural Videos",
2024; what is drawn, and that it is labelled, is our own.

`textures.py` has the surfaces, `shapes.py` and `figures.py` what moves in front
of them, `scenes.py` the classes, `stream.py` the endless data set.
"""

from kvideo.data.procedural.scenes import (
    CLASSES,
    LEVELS,
    SceneConfig,
    render_scene,
)
from kvideo.data.procedural.stream import ProceduralClips
from kvideo.data.procedural.textures import TexturePool

__all__ = [
    "CLASSES",
    "LEVELS",
    "ProceduralClips",
    "SceneConfig",
    "TexturePool",
    "render_scene",
]
