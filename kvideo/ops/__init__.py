"""Pure functions on clips: no weights, no layers.

Every function takes tensors of the axes (B, T, H, W, C), channels last, runs
on the TensorFlow, JAX and PyTorch backends of Keras, and accepts unknown B
(on TensorFlow unknown T, H and W as well). Each has one result and, where
speed asks for it, several forms: see `kvideo.ops.lowering`.
"""

from kvideo.ops.attention import attend, attention_weights
from kvideo.ops.batch_norm import batch_norm
from kvideo.ops.conv import conv3d, depthwise_conv3d
from kvideo.ops.lowering import current_lowering, lowering
from kvideo.ops.pad import pad_clip
from kvideo.ops.pooling import avg_pool3d, max_pool3d
from kvideo.ops.positions import (
    flatten_positions,
    map_chunks,
    unflatten_positions,
)
from kvideo.ops.project_onto import project_onto
from kvideo.ops.resize import resize_clip
from kvideo.ops.select_frames import select_frames
from kvideo.ops.shift import shift_frames
from kvideo.ops.soft_pool import soft_pool
from kvideo.ops.windows import fill_windows

__all__ = [
    "attend",
    "attention_weights",
    "avg_pool3d",
    "batch_norm",
    "conv3d",
    "current_lowering",
    "depthwise_conv3d",
    "fill_windows",
    "flatten_positions",
    "lowering",
    "map_chunks",
    "max_pool3d",
    "pad_clip",
    "project_onto",
    "resize_clip",
    "select_frames",
    "shift_frames",
    "soft_pool",
    "unflatten_positions",
]
