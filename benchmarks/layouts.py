"""Which networks are timed, and their layouts as plain data.

A layout is what `torch_networks.build` needs to write the same network: a
row of kvideo's tables, as a dict that fits into a line of JSON.
"""

import dataclasses
from typing import NamedTuple

from kvideo import applications
from kvideo.applications import btsnet, mtnet
from kvideo.backbones import mobilenet_v2, resnet, x3d
from kvideo.layers.mt_conv import split_channels
from kvideo.layers.temporal_spatial_pathway import pathway_dilations


class Network(NamedTuple):
    """A row.

    Attributes:
        twin: The function in `torch_networks.BACKBONES`.
        folded: Whether PyTorch runs it as a 2-D network, frames in the batch.
        clip: (T, H, W) where not that of the published network.
    """

    twin: str
    folded: bool = False
    clip: tuple | None = None


NETWORKS = {
    "x3d_xs": Network("x3d"),
    "x3d_s": Network("x3d"),
    "x3d_m": Network("x3d"),
    "x3d_l": Network("x3d"),
    "tsn_resnet50": Network("resnet", folded=True),
    "tsm_resnet50": Network("resnet", folded=True),
    "tsm_resnet101": Network("resnet", folded=True),
    "c2d_resnet50": Network("resnet"),
    "i3d_resnet50": Network("resnet"),
    "slow_only_resnet50": Network("resnet"),
    "r3d_resnet50": Network("resnet"),
    "resnext3d50_c32": Network("resnet"),
    "btsnet26_c32": Network("btsnet"),
    "tsm_mobilenet_v2": Network("mobilenet_v2", folded=True),
    "mtnet_s": Network("mtnet", clip=(16, 182, 182)),
}
# What tests run: each kind of twin, small.
NANO_NETWORKS = {
    "btsnet_nano": Network("btsnet"),
    "mtnet_nano": Network("mtnet"),
    "x3d_nano": Network("x3d"),
    "tsm_resnet_nano": Network("resnet", folded=True),
    "c2d_resnet_nano": Network("resnet"),
    "i3d_resnet_nano": Network("resnet"),
    "slow_only_resnet_nano": Network("resnet"),
    "r3d_resnet_nano": Network("resnet"),
    "resnext3d_nano": Network("resnet"),
    "tsm_mobilenet_v2_nano": Network("mobilenet_v2", folded=True),
}
KNOWN = NETWORKS | NANO_NETWORKS


def layout(name, model):
    """The layout of a network of `KNOWN`, and what one clip costs.

    Args:
        name: Registry name.
        model: The network, from `build_ours`.
    """
    network, clip = KNOWN[name], list(model.input_shape[1:4])
    layers = {layer.name: layer for layer in model.layers}
    dense = layers.get("head_dense")
    return {
        "network": name,
        "twin": network.twin,
        "folded": network.folded,
        "clip": clip,
        "frames": clip[0],
        "classes": model.output_shape[-1],
        "dropout": layers["head_dropout"].rate,
        "head_width": dense and dense.units,
        "backbone": _backbone(network.twin, name, layers),
        "macs": applications.count(model).macs,
    }


def _backbone(twin, name, layers):
    if twin == "x3d":
        return _x3d(x3d.SPECS[name])
    if twin == "mtnet":
        ratio = layers["res2_block1_mtconv"].ratio
        return _mtnet(mtnet.VARIANTS[variant(name)].backbone, ratio)
    if twin == "btsnet":
        return _btsnet(btsnet.VARIANTS[variant(name)])
    specs = {"resnet": resnet, "mobilenet_v2": mobilenet_v2}[twin].SPECS
    return dataclasses.asdict(specs[name])


def _btsnet(row):
    spec = dataclasses.asdict(row.backbone)
    return spec | {"dilations": pathway_dilations()}


def _x3d(spec):
    squeezed = [x3d.squeezed_width(spec, width) for width in spec.widths]
    inner = [x3d.inner_width(spec, width) for width in spec.widths]
    extra = {"inner": inner, "squeezed": squeezed, "bn_epsilon": 1e-5}
    return dataclasses.asdict(spec) | extra


def _mtnet(spec, ratio):
    layout = _x3d(spec)
    shares = [split_channels(width, ratio)[0] for width in layout["inner"]]
    return layout | {"local": shares}


def variant(name):
    return applications.model_info(name).variant


def build_ours(name, clip, classes=400):
    """The Keras network: from normalised clips to logits."""
    return applications.create_model(
        name,
        input_shape=(*clip, 3),
        classes=classes,
        classifier_activation=None,
        include_preprocessing=False,
    )


def default_clip(name):
    """(T, H, W) in which a network is timed."""
    clip = KNOWN[name].clip
    return clip or applications.model_info(name).input_shape[:3]
