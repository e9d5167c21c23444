"""Backbones as lists of named steps.

`resnet.steps(spec)` and `x3d.steps(spec)` return `Step`s: a stem and residual
blocks. A network walks them, and an operator is placed *between* two steps,
or inside a block through the spec. A new size is a row of a table.
"""

from kvideo.backbones import (
    inception_resnet_v2,
    mobilenet_v2,
    mtnet_released,
    resnet,
    slowfast,
    x3d,
)
from kvideo.backbones.steps import Step, follow, insert, walk

__all__ = [
    "Step",
    "follow",
    "inception_resnet_v2",
    "insert",
    "mobilenet_v2",
    "mtnet_released",
    "resnet",
    "slowfast",
    "walk",
    "x3d",
]
