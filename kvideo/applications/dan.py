"""DAN, the Dynamic Appearance Net.

Source: G. Huang, thesis, 2022, sections 3.5 and 3.6. Every T consecutive
frames become one image of what moved in them (`PixelWiseTemporalProjection`,
one for all segments), and a common network classifies the S images.

Decisions, where the thesis is silent or names several:
- Rows are those of Table 3.6, Something-Something: S = 8, T = 4 for TSM,
  S = 4, T = 8 and S = 16, T = 3 for X3D. On Kinetics-400 the thesis has S = 16,
  T = 8 for TSM and X3D-M: `input_shape=(128, 224, 224, 3),
  frames_per_segment=8`, and all frames of a clip consecutive.
- Frames are normalised before the projection and the images not again.
- With ImageNet weights the projection sees the same pixels as without; only
  its images are brought to the scale that the weights expect.
"""

from dataclasses import dataclass, replace

import keras

from kvideo.applications import imagenet, plumbing
from kvideo.applications import x3d as x3d_network
from kvideo.applications.registry import register
from kvideo.backbones import resnet, walk, x3d
from kvideo.layers import PixelWiseTemporalProjection

REFERENCE = "Huang, Spatio-Temporal Modeling for Action Recognition, 2022"


@dataclass(frozen=True)
class DANSpec:
    """A row of the table.

    Attributes:
        backbone: Spec of the network behind the projection.
        steps: Function that turns the spec into steps.
        input_shape: Default clip, S T frames.
        frames_per_segment: T.
        normalization: Row of `plumbing.NORMALIZATIONS`.
        head_width: Width of X3D's head; None: classify every image.
        imagenet: Network of `keras.applications` for `weights="imagenet"`,
            or why there is none, of `image_networks.WITHOUT`.
        dropout: Rate before the classifier.
        sampler: `"segment"`, or `"dense"`: all frames consecutive.
        frame_stride: See `ModelInfo`.
    """

    backbone: object
    steps: object
    input_shape: tuple
    frames_per_segment: int
    normalization: str = "imagenet"
    head_width: int | None = None
    imagenet: str | None = None
    dropout: float = 0.5
    sampler: str = "segment"
    frame_stride: int = 1


_X3D_M = DANSpec(
    x3d.SPECS["x3d_m"],
    x3d.steps,
    (48, 224, 224, 3),
    frames_per_segment=3,
    normalization="kinetics",
    head_width=2048,
    imagenet="x3d",
)
VARIANTS = {
    "tsm_resnet50": DANSpec(
        resnet.SPECS["tsm_resnet50"],
        resnet.steps,
        (32, 224, 224, 3),
        frames_per_segment=4,
        imagenet="ResNet50",
    ),
    "x3d_xs": replace(
        _X3D_M,
        backbone=x3d.SPECS["x3d_xs"],
        input_shape=(32, 160, 160, 3),
        frames_per_segment=8,
    ),
    "x3d_m": _X3D_M,
    "nano": DANSpec(
        resnet.SPECS["tsm_resnet_nano"],
        resnet.steps,
        (16, 64, 64, 3),
        frames_per_segment=4,
        dropout=0.2,
        sampler="dense",
        imagenet="nano",
    ),
}


def DAN(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="tsm_resnet50",
    frames_per_segment=None,
    rank=1,
    kernel_size=9,
    stride=8,
    channels=24,
    ratio=1 / 4,
    blocks=1,
    expansion=2,
    loss_weight=1.0,
    stride_on=None,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("dan", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    frames = frames_per_segment or row.frames_per_segment
    clips = plumbing.obtain_input(
        input_shape, input_tensor, row.input_shape, frames_multiple=frames
    )
    x = plumbing.normalize(clips, row.normalization, include_preprocessing)
    x = PixelWiseTemporalProjection(
        frames,
        rank,
        kernel_size,
        stride,
        channels,
        ratio,
        blocks,
        expansion,
        loss_weight,
        name="dynamic_appearance",
    )(x)
    x = _rescale(x, row.normalization, source.normalization)
    spec = imagenet.laid_out(row.backbone, source, stride_on)
    x = walk(row.steps(spec), x)
    rate = row.dropout if dropout is None else dropout
    x = plumbing.top(
        x,
        lambda x: _head(x, row, rate, classes),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    name = name or f"dan_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


def _rescale(x, ours, theirs):
    """Differences of pixels in our units to those of the source of weights."""
    if theirs is None:
        return x
    stds = (plumbing.constants(n, x.shape[-1])[1] for n in (ours, theirs))
    scale = [our / their for our, their in zip(*stds, strict=True)]
    return keras.layers.Rescaling(scale, name="dynamic_scale")(x)


def _head(x, row, dropout, classes):
    """Logits (B, classes), as the backbone's own network makes them."""
    if row.head_width is None:
        return plumbing.classify_frames(x, dropout, classes, stddev=0.001)
    return x3d_network.classify(x, row.head_width, dropout, classes)


DAN.__doc__ = f"""Dynamic Appearance Net: a network on what moved in segments.

    Takes S T frames: S segments of T consecutive frames, S as `input_shape`
    says. The loss of the projection (ENoPR) is among the model's `losses`, so
    that `fit` minimises it beside that of the classifier.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        frames_per_segment: T; default: the variant's.
        rank: Directions D that the projection takes away.
        kernel_size, stride, channels: Of the projection's convolution.
        ratio, blocks, expansion: Of its MLP. All these are explained in
            `kvideo.layers.PixelWiseTemporalProjection`.
        loss_weight: Factor of the projection's loss; 0: none.
{imagenet.RESNET_DOC}            Frames are normalised as without.

    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: If the frames are not a multiple of T, or smaller than
            the projection's kernel.
    Reference: {REFERENCE}
    """

register("dan", DAN, VARIANTS, "tsm_resnet50", REFERENCE)
