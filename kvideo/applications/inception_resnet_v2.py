"""Inception-ResNet-v2 on every frame, logits averaged.

Paper: Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of
Residual Connections on Learning", AAAI 2017. The backbone of TeSNet; on its
own it has no sense of time.
"""

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.backbones import inception_resnet_v2, walk

REFERENCE = "Szegedy et al., Inception-v4, AAAI 2017"


VARIANTS = {
    "v2": plumbing.NetworkSpec(
        "inception_resnet_v2", (8, 299, 299, 3), imagenet="InceptionResNetV2"
    ),
    "v2_nano": plumbing.NetworkSpec(
        "inception_resnet_v2_nano",
        (8, 75, 75, 3),
        dropout=0.2,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
    ),
}


def InceptionResNetV2(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="v2",
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("inception_resnet", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    x = plumbing.normalize(
        clips, source.normalization or "inception", include_preprocessing
    )
    spec = inception_resnet_v2.SPECS[row.backbone]
    x = walk(inception_resnet_v2.steps(spec), x)
    rate = row.dropout if dropout is None else dropout
    x = plumbing.top(
        x,
        lambda x: plumbing.classify_frames(x, rate, classes, 0.001),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    name = name or f"inception_resnet_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


InceptionResNetV2.__doc__ = f"""Inception-ResNet-v2 on every frame.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
{imagenet.DOC}
    Returns:
        A functional `keras.Model`. It takes any number of frames, of at
        least 75 x 75 pixels.
    Reference: {REFERENCE}
    """

register("inception_resnet", InceptionResNetV2, VARIANTS, "v2", REFERENCE)
