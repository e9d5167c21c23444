"""The networks of kvideo written in PyTorch, layer for layer.

What they are compared with must be the same network: parts carry the names
of kvideo's layers (`res2_block1.conv2` for `res2_block1_conv2`), so that
`copy_to_torch` can move weights over, and `tests/benchmarks` holds that the
parameters and the outputs agree. A process that times PyTorch should not hold
TensorFlow too: rows of kvideo's tables arrive as a dict (`layouts.py`).

TSN and TSM are written as their authors did, with frames folded into the
batch of a 2-D network; the others take (B, C, T, H, W).
"""

from types import SimpleNamespace

import torch
from torch import nn
from torch_backbones import btsnet, mobilenet_v2, resnet, x3d
from torch_mtnet import mtnet

BACKBONES = {
    "btsnet": btsnet,
    "mobilenet_v2": mobilenet_v2,
    "mtnet": mtnet,
    "resnet": resnet,
    "x3d": x3d,
}


def build(layout):
    """A network of `layouts.layout`, as `nn.Sequential` of named steps."""
    backbone = layout["backbone"] | {
        "folded": layout["folded"],
        "frames": layout["frames"],
    }
    steps, width = BACKBONES[layout["twin"]](SimpleNamespace(**backbone))
    steps["head_pool"] = GlobalPool()
    if layout["head_width"]:
        steps["head_dense"] = nn.Linear(width, layout["head_width"], bias=False)
        steps["head_relu"] = nn.ReLU(inplace=True)
        width = layout["head_width"]
    steps["head_dropout"] = nn.Dropout(layout["dropout"])
    steps["logits"] = nn.Linear(width, layout["classes"])
    if layout["folded"]:
        steps["consensus"] = FrameMean(layout["frames"])
    return nn.Sequential(steps)


def arrange(clips, folded, channels_last=False):
    """Clips (B, T, H, W, C), a NumPy array, as the networks take them.

    Returns:
        A tensor (B * T, C, H, W) if `folded`, else (B, C, T, H, W).
    """
    x = torch.from_numpy(clips)
    x = x.flatten(0, 1) if folded else x
    x = x.movedim(-1, 1)
    return x.contiguous(memory_format=memory_format(folded, channels_last))


def memory_format(folded, channels_last):
    if not channels_last:
        return torch.contiguous_format
    return torch.channels_last if folded else torch.channels_last_3d


@torch.no_grad()
def copy_to_torch(model, twin):
    """Give `twin` the weights of a Keras model, matched by name.

    Raises:
        ValueError: If either has a weight that the other has not.
    """
    left = {w.path.replace("/", "_"): w for w in model.weights}
    for name, tensor in twin.state_dict().items():
        path, _, kind = name.rpartition(".")
        if kind == "num_batches_tracked":
            continue
        key = f"{path.replace('.', '_')}_{_keras_name(twin, path, kind)}"
        if key not in left:
            raise ValueError(f"No weight {key!r} for the twin's {name!r}.")
        value = _torch_order(left.pop(key).numpy())
        if _lengths(value) != _lengths(tensor):
            raise ValueError(
                f"{key!r} does not fit: {tuple(value.shape)} for the twin's "
                f"{name!r} of {tuple(tensor.shape)}."
            )
        tensor.copy_(value.reshape(tensor.shape))
    left = [key for key in left if "seed_generator" not in key]
    if left:
        raise ValueError(f"Weights that the twin does not have: {left}.")


NORMS = (nn.BatchNorm2d, nn.BatchNorm3d)
NORM_NAMES = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
GRU_NAMES = {
    "weight_ih": "input_kernel",
    "bias_ih": "input_bias",
    "weight_hh": "state_kernel",
    "bias_hh": "state_bias",
}


def _keras_name(twin, path, kind):
    module = twin.get_submodule(path)
    if isinstance(module, NORMS):
        return NORM_NAMES[kind]
    if isinstance(module, nn.GRU):
        name, _, layer = kind.rpartition("_l")
        return f"{GRU_NAMES[name]}_{layer}"
    return {"weight": "kernel", "bias": "bias"}[kind]


def _lengths(tensor):
    # A 2-D kernel lacks the unit axis of time.
    return [length for length in tensor.shape if length > 1]


def _torch_order(array):
    """Kernels (T, H, W, C, O) to (O, C, T, H, W), matrices transposed."""
    tensor = torch.from_numpy(array)
    if tensor.ndim < 2:
        return tensor
    return tensor.movedim((-1, -2), (0, 1))


class GlobalPool(nn.Module):
    def forward(self, x):
        return x.mean(tuple(range(2, x.ndim)))


class FrameMean(nn.Module):
    """Logits of frames (B * T, N) to their mean over each clip."""

    def __init__(self, frames):
        super().__init__()
        self.frames = frames

    def forward(self, x):
        return x.unflatten(0, (-1, self.frames)).mean(1)
