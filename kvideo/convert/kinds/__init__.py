"""All kinds of checkpoints, by name: a file for each family of sources."""

from kvideo.convert.kinds import (
    bqn,
    bqn_x3d,
    btsnet,
    gluon,
    gst,
    hara,
    inception_resnet_v2,
    mobilenet_v2,
    mtnet,
    pytorchvideo,
    rnl,
    slowfast,
    torchvision,
    tsm,
    x3d,
)

_FILES = (
    *(torchvision, tsm, mobilenet_v2, rnl, bqn, bqn_x3d, x3d, slowfast),
    *(gluon, hara, btsnet, mtnet, gst, inception_resnet_v2, pytorchvideo),
)
KINDS = {kind.name: kind for file in _FILES for kind in file.KINDS}
