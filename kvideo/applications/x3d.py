"""X3D networks.

Paper: Feichtenhofer, "X3D: Expanding Architectures for Efficient Video
Recognition", CVPR 2020.
"""

from dataclasses import dataclass, replace

import keras

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.backbones import walk, x3d

REFERENCE = "Feichtenhofer, X3D, CVPR 2020"


@dataclass(frozen=True)
class X3DNetworkSpec:
    """A row: the backbone's name, the default clip, the head's width.

    `imagenet` is why there are no ImageNet weights.
    """

    backbone: str
    input_shape: tuple
    frame_stride: int
    head_width: int = 2048
    dropout: float = 0.5
    sampler: str = "dense"
    imagenet: str = "x3d"


VARIANTS = {
    "xs": X3DNetworkSpec("x3d_xs", (4, 160, 160, 3), 12),
    "s": X3DNetworkSpec("x3d_s", (13, 160, 160, 3), 6),
    "m": X3DNetworkSpec("x3d_m", (16, 224, 224, 3), 5),
    "l": X3DNetworkSpec("x3d_l", (16, 312, 312, 3), 5),
    "nano": X3DNetworkSpec("x3d_nano", (8, 64, 64, 3), 3, 256, 0.2),
}


def X3D(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="m",
    first_shortcut_bn=False,
    training_size=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("x3d", VARIANTS, variant)
    imagenet.pick_source(weights, row.imagenet)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    x = plumbing.normalize(clips, "kinetics", include_preprocessing)
    spec = replace(x3d.SPECS[row.backbone], first_shortcut_bn=first_shortcut_bn)
    x = walk(x3d.steps(spec), x)
    rate = row.dropout if dropout is None else dropout
    window = plumbing.training_window(training_size)
    if include_top and window:
        plumbing.check_top(classes, classifier_activation)
        x = plumbing.pool_windows(x, window, "head_pool")
        x = classify_pooled(x, row.head_width, rate, classes)
        x = plumbing.activate_windows(x, classifier_activation)
    else:
        x = plumbing.top(
            x,
            lambda x: classify(x, row.head_width, rate, classes),
            include_top,
            pooling,
            classes,
            classifier_activation,
        )
    name = name or f"x3d_{variant}"
    return plumbing.functional(clips, x, name, weights)


def classify(x, head_width, dropout, classes):
    """Logits (B, classes) of X3D's head."""
    x = keras.layers.GlobalAveragePooling3D(name="head_pool")(x)
    return classify_pooled(x, head_width, dropout, classes)


def classify_pooled(x, head_width, dropout, classes):
    """Logits (B, ..., classes) of pooled features (B, ..., C)."""
    x = _widen(x, head_width)
    x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    return plumbing.classifier(classes, stddev=0.01)(x)


def clip_features(x, width, prefix=""):
    """X3D's head before the classifier: pool, widen, ReLU: (B, width)."""
    x = keras.layers.GlobalAveragePooling3D(name=f"{prefix}head_pool")(x)
    return _widen(x, width, prefix)


def _widen(x, width, prefix=""):
    return keras.layers.Dense(
        width,
        activation="relu",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{prefix}head_dense",
    )(x)


X3D.__doc__ = f"""X3D: depthwise 3-D convolutions, grown axis by axis.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        first_shortcut_bn: Whether the first shortcut of res2 is normalised:
            in SlowFast's release yes, in pytorchvideo's no.
        training_size: Side of the crops of training in pixels, or (H, W):
            larger clips are classified in windows of that size, and their
            probabilities averaged, as the released code tests. None: one
            mean over the clip.

    Returns:
        A functional `keras.Model`.
    Reference: {REFERENCE}
    """

register("x3d", X3D, VARIANTS, "m", REFERENCE)
