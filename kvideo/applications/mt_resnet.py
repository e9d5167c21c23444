"""MTConv in a ResNet-50: the row "MTConv" of the paper's Table II.

Paper: A. Stergiou, R. Poppe, "Multi-Temporal Convolutions for Human Action
Recognition in Videos", which puts MTConvs in place of the 3-D convolutions of
a ResNet-50 and says no more of that network. Here: the R3D-50 of Hara et al.,
whose 3x3x3 convolutions become MTConvs, each with its batch normalisation and
ReLU; the stem stays, and there is no recursion. With ImageNet weights, each
branch of an MTConv takes the kernel between its own channels, inflated; the
way from one branch to the other stays random.
"""

from kvideo.applications import imagenet, plumbing
from kvideo.applications.mtnet import REFERENCE, multi_temporal
from kvideo.applications.registry import register
from kvideo.backbones import resnet, walk

VARIANTS = {
    "resnet50": plumbing.NetworkSpec(
        "r3d_resnet50",
        (16, 224, 224, 3),
        sampler="dense",
        frame_stride=5,
        imagenet="ResNet50",
    ),
    "resnet_nano": plumbing.NetworkSpec(
        "r3d_resnet_nano",
        (8, 64, 64, 3),
        dropout=0.2,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
    ),
}


def MTResNet50(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="resnet50",
    ratio=0.875,
    spatial_pool="soft",
    temporal_pool="selection",
    select="lowest",
    stride_on=None,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("mt", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    spec = imagenet.laid_out(resnet.SPECS[row.backbone], source, stride_on)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    middle = multi_temporal(
        ratio=ratio,
        spatial_pool=spatial_pool,
        temporal_pool=temporal_pool,
        select=select,
    )
    x = plumbing.normalize(
        clips, source.normalization or "mtnet", include_preprocessing
    )
    x = walk(resnet.steps(spec, middle=middle), x)
    rate = row.dropout if dropout is None else dropout
    x = plumbing.top(
        x,
        lambda x: plumbing.classify_clip(x, rate, classes, 0.01),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    name = name or f"mt_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


MTResNet50.__doc__ = f"""R3D-50 with MTConv for its 3x3x3 convolutions.

    T, H and W must be known.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        ratio, spatial_pool, temporal_pool, select: Of
            `kvideo.layers.MTConv`.
{imagenet.RESNET_DOC}
    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: For a row, shape or option that does not exist, and a
            ratio out of range.
    Reference: {REFERENCE}
    """

register("mt", MTResNet50, VARIANTS, "resnet50", REFERENCE)
