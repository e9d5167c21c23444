"""GluonCV's I3D in PyTorch: `first_stage`, `res_layers`, `fc` and `head`.

Carreira and Zisserman, CVPR 2017; Wang et al., CVPR 2018. Some modules have
two names, so some tensors are saved twice. Its Slow network has torchvision's
names, `ResNet3D`.
"""

from torch import nn
from torch.nn import functional as F

from kvideo.convert.twins.attention import attend
from kvideo.convert.twins.parts import average, conv, max_pool, norm
from kvideo.convert.twins.resnet import Bottleneck, Layout, stage_of


class NonLocal(nn.Module):
    """Scaled, not pooled."""

    def __init__(self, channels):
        super().__init__()
        inner = channels // 2
        self.theta = conv(3, channels, inner, bias=True)
        self.phi = conv(3, channels, inner, bias=True)
        self.g = conv(3, channels, inner, bias=True)
        self.W = conv(3, inner, channels, bias=True)
        self.bn = norm(3, channels)
        self.W_bn = nn.Sequential(self.W, self.bn)
        self.scale = inner**-0.5

    def forward(self, x):
        queries = self.theta(x) * self.scale
        return x + self.W_bn(attend(queries, self.phi(x), self.g(x)))


class Attended(Bottleneck):
    def forward(self, x):
        return self.nonlocal_block(super().forward(x))


class GluonI3D(nn.Module):
    """
    Args:
        frames: Not used.
        classes: Of the classifier.
        non_local: Dict from a stage, 0 to 3, to its blocks with one behind.
        **layout: Of `Layout`.
    """

    def __init__(self, frames, classes, non_local=None, **layout):
        super().__init__()
        layout = Layout(**{"dims": 3, **layout})
        places = non_local or {}

        def block(layout, inside, stage, index, frames):
            attended = index in places.get(stage, ())
            kind = Attended if attended else Bottleneck
            part = kind(layout, inside, stage, index, frames)
            if attended:
                part.nonlocal_block = NonLocal(layout.channels(stage))
            return part

        stem = 3, 3, layout.stem, layout.stem_kernel, layout.stem_stride
        self.first_stage = nn.Sequential(
            conv(*stem),
            norm(3, layout.stem),
            nn.ReLU(),
            max_pool(3, layout.pool, layout.pool_stride),
        )
        self.res_layers = nn.Sequential(
            *(stage_of(layout, n, frames, block=block) for n in range(4))
        )
        self.fc = nn.Linear(layout.channels(3), classes)
        self.head = nn.Sequential(nn.Dropout(), self.fc)

    def forward(self, x):
        x = self.res_layers[0](self.first_stage(x))
        x = F.max_pool3d(x, (2, 1, 1))
        for stage in self.res_layers[1:]:
            x = stage(x)
        return self.head(average(x))
