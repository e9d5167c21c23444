"""TSM on MobileNetV2: temporal shift for phones.

Papers: Lin et al., "TSM: Temporal Shift Module for Efficient Video
Understanding", ICCV 2019; Sandler et al., "MobileNetV2", CVPR 2018. Frames
are classified one by one and their logits averaged, as in TSM on ResNets.
"""

from dataclasses import replace

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.backbones import mobilenet_v2, walk

REFERENCE = "Lin et al., Temporal Shift Module, ICCV 2019"


VARIANTS = {
    "mobilenet_v2": plumbing.NetworkSpec(
        "tsm_mobilenet_v2", (8, 224, 224, 3), imagenet="MobileNetV2"
    ),
    "mobilenet_v2_nano": plumbing.NetworkSpec(
        "tsm_mobilenet_v2_nano",
        (8, 64, 64, 3),
        dropout=0.2,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
    ),
}


def MobileNetV2TSM(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="mobilenet_v2",
    online_shift=False,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("tsm", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    x = plumbing.normalize(
        clips, source.normalization or "imagenet", include_preprocessing
    )
    spec = replace(
        mobilenet_v2.SPECS[row.backbone],
        online_shift=online_shift,
        **source.spec,
    )
    x = walk(mobilenet_v2.steps(spec), x)
    rate = row.dropout if dropout is None else dropout
    x = plumbing.top(
        x,
        lambda x: plumbing.classify_frames(x, rate, classes, 0.001),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    name = name or f"tsm_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


MobileNetV2TSM.__doc__ = f"""TSM on MobileNetV2: 2.4 GMAC for 8 frames.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        online_shift: Whether channels come from the previous frame alone,
            for streams (`kvideo.stream`).
{imagenet.DOC}
    Returns:
        A functional `keras.Model`.
    Reference: {REFERENCE}
    """

# "tsm" alone goes on meaning the ResNet-50 of the function `TSM`.
register("tsm", MobileNetV2TSM, VARIANTS, "resnet50", REFERENCE)
