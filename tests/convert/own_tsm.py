"""A TSM network written from torch.nn parts for the test alone.

The converter brings its own PyTorch networks. This one shares no line with
them, so that a mistake there cannot hide: TSM on a ResNet of one block a
stage, with the names that mit-han-lab's code gives.
"""

import torch
from torch import nn

FRAMES, WIDTHS = 8, (8, 16, 32, 64)


class Shift(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        clips = x.reshape(-1, FRAMES, *x.shape[1:])
        quarter = x.shape[1] // 4
        out = clips.clone()
        out[:, :-1, :quarter] = clips[:, 1:, :quarter]
        out[:, -1, :quarter] = 0
        middle = slice(quarter, 2 * quarter)
        out[:, 1:, middle] = clips[:, :-1, middle]
        out[:, 0, middle] = 0
        return self.net(out.reshape(x.shape))


class Block(nn.Module):
    def __init__(self, inside, width, stride):
        super().__init__()
        self.conv1 = Shift(nn.Conv2d(inside, width, 1, bias=False))
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = nn.Sequential(
            nn.Conv2d(inside, 4 * width, 1, stride, bias=False),
            nn.BatchNorm2d(4 * width),
        )

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        return torch.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class TSMNano(nn.Module):
    def __init__(self, classes):
        super().__init__()
        base = nn.Module()
        base.conv1 = nn.Conv2d(3, 16, 5, 2, 2, bias=False)
        base.bn1 = nn.BatchNorm2d(16)
        inside = 16
        for number, width in enumerate(WIDTHS, start=1):
            block = Block(inside, width, 1 if number == 1 else 2)
            setattr(base, f"layer{number}", nn.Sequential(block))
            inside = 4 * width
        self.base_model = base
        self.new_fc = nn.Linear(inside, classes)

    def forward(self, clips):
        """Pixels (B, T, H, W, 3) in [0, 255] to logits."""
        mean = torch.tensor([0.485, 0.456, 0.406])
        std = torch.tensor([0.229, 0.224, 0.225])
        x = ((clips / 255 - mean) / std).flatten(0, 1).permute(0, 3, 1, 2)
        base = self.base_model
        x = torch.relu(base.bn1(base.conv1(x)))
        x = torch.max_pool2d(x, 3, 2, 1)
        for number in range(1, 5):
            x = getattr(base, f"layer{number}")(x)
        logits = self.new_fc(x.mean((2, 3)))
        return logits.reshape(-1, FRAMES, logits.shape[1]).mean(1)
