"""What the networks of `torch_backbones.py` are made of."""

from collections import OrderedDict

import torch
from torch import nn


class TemporalShift(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.frames, self.fold_div = spec.frames, spec.fold_div

    def forward(self, x):
        clips = x.unflatten(0, (-1, self.frames))
        fold = clips.shape[2] // self.fold_div
        back, forth = slice(0, fold), slice(fold, 2 * fold)
        moved = torch.zeros_like(clips)
        moved[:, :-1, back] = clips[:, 1:, back]
        moved[:, 1:, forth] = clips[:, :-1, forth]
        moved[:, :, 2 * fold :] = clips[:, :, 2 * fold :]
        return moved.flatten(0, 1)


def conv(spec, inside, outside, kernel, strides=(1, 1, 1), **kwargs):
    """Convolution over (T, H, W), or over (H, W) in a folded network."""
    kwargs = {"bias": False, **kwargs}
    padding = tuple(k // 2 for k in kernel)
    if spec.folded:
        sizes = kernel[1:], strides[1:], padding[1:]
        return nn.Conv2d(inside, outside, *sizes, **kwargs)
    return nn.Conv3d(inside, outside, kernel, strides, padding, **kwargs)


def norm(spec, channels):
    kind = nn.BatchNorm2d if spec.folded else nn.BatchNorm3d
    return kind(channels, eps=spec.bn_epsilon)


def max_pool(spec, kernel, strides, padding):
    if spec.folded:
        return nn.MaxPool2d(kernel[1:], strides[1:], padding[1:])
    return nn.MaxPool3d(tuple(kernel), tuple(strides), padding)


def conv_norm(spec, *args, activation=nn.ReLU, **kwargs):
    convolution = conv(spec, *args, **kwargs)
    parts = {
        "conv": convolution,
        "bn": norm(spec, convolution.out_channels),
        "relu": activation(inplace=True),
    }
    return nn.Sequential(OrderedDict(parts))


class TemporalSpatialPathway(nn.Module):
    """BTSNet's block, Eq. 1 to 7, attention for each time step."""

    def __init__(self, spec, width, strides):
        super().__init__()
        self.names = [f"pathway{m + 1}" for m in range(len(spec.dilations))]
        for name, dilation in zip(self.names, spec.dilations, strict=True):
            dilation = tuple(dilation)
            convolution = nn.Conv3d(
                width,
                width,
                3,
                strides,
                padding=dilation,
                dilation=dilation,
                groups=spec.groups,
                bias=False,
            )
            self.add_module(f"{name}_conv", convolution)
            self.add_module(f"{name}_bn", norm(spec, width))
        squeezed = max(width // 16, 32)
        self.squeeze = nn.Conv3d(width, squeezed, 1, bias=False)
        self.squeeze_bn = norm(spec, squeezed)
        outputs = len(self.names) * width
        self.excite = nn.Conv3d(squeezed, outputs, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        features = [self._pathway(name, x) for name in self.names]
        pooled = sum(features).mean((3, 4), keepdim=True)
        logits = self.excite(self.relu(self.squeeze_bn(self.squeeze(pooled))))
        weights = logits.unflatten(1, (len(features), -1)).softmax(1)
        weighted = zip(features, weights.unbind(1), strict=True)
        return sum(weight * feature for feature, weight in weighted)

    def _pathway(self, name, x):
        convolution = getattr(self, f"{name}_conv")
        return self.relu(getattr(self, f"{name}_bn")(convolution(x)))
