"""What several twins are made of."""

import torch
from torch import nn
from torch.nn import functional as F


def conv(dims, inside, outside, kernel=(1, 1, 1), stride=(1, 1, 1), **kwargs):
    """A convolution without bias over (T, H, W), or over (H, W) if `dims` is 2.

    It pads by half of the kernel, as all sources do.
    """
    padding = tuple(k // 2 for k in kernel)
    sizes = (x[-dims:] for x in (kernel, stride, padding))
    kwargs = {"bias": False, **kwargs}
    layer = nn.Conv2d if dims == 2 else nn.Conv3d
    return layer(inside, outside, *sizes, **kwargs)


def norm(dims, channels, eps=1e-5):
    layer = nn.BatchNorm2d if dims == 2 else nn.BatchNorm3d
    return layer(channels, eps=eps)


def max_pool(dims, kernel, stride):
    padding = tuple(k // 2 for k in kernel)
    sizes = (x[-dims:] for x in (kernel, stride, padding))
    return (nn.MaxPool2d if dims == 2 else nn.MaxPool3d)(*sizes)


def average(x):
    """(B, C, ...) to (B, C)."""
    return x.flatten(2).mean(2)


def fold(x):
    """(B, C, T, H, W) to (B * T, C, H, W)."""
    return x.transpose(1, 2).flatten(0, 1)


def unfold(x, frames):
    """(B * T, C, H, W) to (B, C, T, H, W)."""
    return x.unflatten(0, (-1, frames)).transpose(1, 2)


def shift(x, frames, fold_div):
    """TSM's: the first channels come from the next frame, as many from the
    one before. (B * T, C, H, W)."""
    x = unfold(x, frames)
    part = x.shape[1] // fold_div
    later, earlier, rest = x.tensor_split((part, 2 * part), 1)
    later = F.pad(later[:, :, 1:], (0, 0, 0, 0, 0, 1))
    earlier = F.pad(earlier[:, :, :-1], (0, 0, 0, 0, 1, 0))
    return fold(torch.cat([later, earlier, rest], 1))


def shift_online(x, frames, fold_div):
    """The first channels come from the frame before. (B * T, C, H, W)."""
    x = unfold(x, frames)
    part = x.shape[1] // fold_div
    earlier, rest = x.tensor_split((part,), 1)
    earlier = F.pad(earlier[:, :, :-1], (0, 0, 0, 0, 1, 0))
    return fold(torch.cat([earlier, rest], 1))


class Shifted(nn.Module):
    """A layer behind a shift; its name becomes `<name>.net`."""

    def __init__(self, net, frames, fold_div):
        super().__init__()
        self.net = net
        self.frames, self.fold_div = frames, fold_div

    def forward(self, x):
        return self.net(shift(x, self.frames, self.fold_div))
