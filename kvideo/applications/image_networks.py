"""Which networks of `keras.applications` our backbones stand on, and how.

The names of their layers beside ours, what pixels they were trained on, and
how their layout differs from the papers'. Where none fits, why.
"""

import re

from kvideo.backbones import inception_resnet_v2, mobilenet_v2


def resnet_pairs(reference, ours):
    """`conv3_block1_0_conv` is our `res3_block1_projection`."""
    yield "conv1_conv", "conv1_bn", "stem_conv", "stem_bn"
    for name in _matching(reference, r"conv\d_block\d+_\d_conv"):
        stage, block, index, _ = name.split("_")
        step = f"res{stage.removeprefix('conv')}_{block}"
        norm = name.removesuffix("conv") + "bn"
        if index == "2" and f"{step}_mtconv" in ours:
            # It has its normalisations inside.
            yield name, norm, f"{step}_mtconv", f"{step}_mtconv"
        else:
            part = "projection" if index == "0" else f"conv{index}"
            yield name, norm, f"{step}_{part}", f"{step}_bn{index}"


def mobilenet_v2_pairs(reference, ours):
    """`block_3_expand` is the first convolution of our fifth step."""
    yield "Conv1", "bn_Conv1", "stem_conv", "stem_bn"
    spec = mobilenet_v2.SPECS["tsm_mobilenet_v2"]
    steps = [step.name for step in mobilenet_v2.steps(spec)[1:-1]]
    for index, step in enumerate(steps):
        block = f"block_{index}" if index else "expanded_conv"
        for number, part in enumerate(("expand", "depthwise", "project"), 1):
            if f"{step}_conv{number}" in ours:
                name = f"{block}_{part}"
                our_names = f"{step}_conv{number}", f"{step}_bn{number}"
                yield name, f"{name}_BN", *our_names
    yield "Conv_1", "Conv_1_bn", "conv5_conv", "conv5_bn"


def inception_resnet_v2_pairs(reference, ours):
    """Keras names few layers; it numbers the others as it makes them."""
    theirs = (
        sorted(_matching(reference, rf"{kind}(_\d+)?"), key=_number)
        for kind in ("conv2d", "batch_normalization")
    )
    spec = inception_resnet_v2.SPECS["inception_resnet_v2"]
    steps = [step.name for step in inception_resnet_v2.steps(spec)[:-1]]
    convs = [
        name
        for step in steps
        for name in sorted(ours)
        # The convolutions behind the branches have names, and no norm.
        if re.fullmatch(rf"{step}_(b\dn\d)?conv", name)
        and not re.fullmatch(r"block\d+_\d+_conv", name)
    ]
    for conv, norm, our_conv in zip(*theirs, convs, strict=True):
        yield conv, norm, our_conv, our_conv.removesuffix("conv") + "bn"
    for name in _matching(reference, r"block\d+_\d+_conv"):
        yield name, None, name, None
    yield "conv_7b", "conv_7b_bn", "conv2d_7b_conv", "conv2d_7b_bn"


_RESNET = {"stride_on": "conv1", "bn_epsilon": 1.001e-5}
_MOBILENET = {"padding": "same", "bn_epsilon": 1e-3}
# Network -> pairs, normalisation of pixels, changes of the backbone's spec.
SOURCES = {
    "ResNet50": (resnet_pairs, "caffe", _RESNET),
    "ResNet101": (resnet_pairs, "caffe", _RESNET),
    "MobileNetV2": (mobilenet_v2_pairs, "inception", _MOBILENET),
    "InceptionResNetV2": (inception_resnet_v2_pairs, "inception", {}),
}

# What a row of a family says where there is none, and why.
WITHOUT = {
    "nano": "nano networks are narrower than any network of Keras",
    "x3d": "X3D has no 2-D twin, and its paper trains it from scratch on "
    "videos",
    "resnext": "keras.applications has no ResNeXt, whose convolutions are "
    "grouped, and its paper trains this network from scratch on videos",
    "slowfast": "the pathways feed each other and the fast one is narrow, and "
    "its paper trains SlowFast from scratch on videos",
    "mtnet": "it is an X3D in which MTConvs and recursion stand for the "
    "depthwise convolutions, without a 2-D twin, and its paper trains it from "
    "scratch on videos",
}


def _matching(model, pattern):
    return [x.name for x in model.layers if re.fullmatch(pattern, x.name)]


def _number(name):
    """Of a numbered layer; the first has none."""
    digits = name.rpartition("_")[2]
    return int(digits) if digits.isdigit() else 0
