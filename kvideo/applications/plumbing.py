"""What every builder of this room shares: arguments as `keras.applications`
takes them, normalisation of pixels, classifier heads, weights."""

from dataclasses import dataclass

import keras

from kvideo.applications.registry import unknown_name
from kvideo.applications.weights import load_weights
from kvideo.layers import AveragePool3D, FramePool
from kvideo.layers.augment.normalize import NORMALIZATIONS
from kvideo.layers.checks import is_count

DOC = """

    Args:
        include_top: Whether to end in the classifier.
        weights: None (random), the path of a `.weights.h5` or `.keras` file
            of the same network, a name of `kvideo.list_weights()` that has
            been downloaded, `"motion"` (trained on procedural clips, in the
            package for some networks, all but the classifier), or, where
            `keras.applications` has the backbone, `"imagenet"`
            (`kvideo/applications/imagenet.py`).
        input_tensor: Keras tensor (B, T, H, W, 3) to build upon.
        input_shape: (T, H, W, 3) of a clip, or (T, H, W, 2) of optical flow;
            default: the variant's.
        pooling: Without the top: None for feature maps, `"avg"` or `"max"`
            for one vector a clip.
        classes: Number of classes.
        classifier_activation: `"softmax"`, or None for logits.
        include_preprocessing: Whether the network takes float pixels in
            [0, 255] and normalises them itself. If False it takes what the
            caller has normalised.
        dropout: Rate before the classifier; default: the variant's.
        name: Name of the model; default: its registry name.
"""


@dataclass(frozen=True)
class NetworkSpec:
    """A row of a family that needs to say no more than this.

    Attributes:
        backbone: Spec of the backbone, or its name in the backbone's table.
        input_shape: Default clip, (T, H, W, 3).
        dropout: Rate before the classifier.
        sampler: How clips are drawn, see `kvideo.data.ClipSpec`.
        frame_stride: See `ModelInfo`.
        imagenet: Network of `keras.applications` for `weights="imagenet"`,
            or why there is none, of `image_networks.WITHOUT`.
    """

    backbone: object
    input_shape: tuple
    dropout: float = 0.5
    sampler: str = "segment"
    frame_stride: int = 1
    imagenet: str | None = None


def pick_variant(family, variants, variant):
    """The row of a variants table, or a ValueError with the nearest name."""
    if variant not in variants:
        raise ValueError(unknown_name(f"{family} variant", variant, variants))
    return variants[variant]


def obtain_input(input_shape, input_tensor, default, frames_multiple=1):
    """The input tensor (B, T, H, W, C) of a network, C = 3 or 2.

    Raises:
        ValueError: If the shape is not that of a clip, or the number of
            frames is not a multiple of `frames_multiple`.
    """
    if input_tensor is None:
        shape = tuple(default if input_shape is None else input_shape)
    else:
        shape = tuple(input_tensor.shape[1:])
        if input_shape is not None and tuple(input_shape) != shape:
            raise ValueError(
                "`input_shape` and `input_tensor` disagree. Received: "
                f"input_shape={tuple(input_shape)}, input_tensor of shape "
                f"{tuple(input_tensor.shape)}. Give one of them."
            )
    known = [n for n in shape if n is not None]
    sizes = all(isinstance(n, int) and n > 0 for n in known)
    if len(shape) != 4 or shape[-1] not in (2, 3) or not sizes:
        what = "input_shape" if input_tensor is None else "input_tensor[0]"
        raise ValueError(
            "Expected a clip (T, H, W, 3): frames, height, width, RGB; or "
            "(T, H, W, 2): optical flow. T, H and W are positive integers or "
            f"None. Received: {what} of shape {shape}."
        )
    frames = shape[0]
    if frames is not None and frames % frames_multiple:
        raise ValueError(
            f"This network takes {frames_multiple} consecutive frames for "
            f"each segment, so T must be a multiple of {frames_multiple}. "
            f"Received: input_shape={shape}."
        )
    if input_tensor is not None:
        return input_tensor
    return keras.Input(shape, name="clips")


def functional(clips, outputs, name, weights):
    """The `keras.Model` from where `clips` comes from to `outputs`.

    As in `keras.applications`, an `input_tensor` that other layers made
    brings those layers and their inputs along.
    """
    inputs = keras.utils.get_source_inputs(clips)
    inputs = inputs[0] if len(inputs) == 1 else inputs
    return load_weights(keras.Model(inputs, outputs, name=name), weights)


def normalize(x, normalization, include_preprocessing):
    """Pixels in [0, 255], flow too, to what the network was trained on."""
    if not include_preprocessing:
        return x
    mean, std = constants(normalization, x.shape[-1])
    return keras.layers.Rescaling(
        scale=[1 / (255 * s) for s in std],
        offset=[-m / s for m, s in zip(mean, std, strict=True)],
        name="normalize",
        # Pixels up to 255 lose digits in half precision.
        dtype="float32",
    )(x)


def constants(normalization, channels):
    """(Mean, standard deviation) of a row, a number for each channel.

    As in the released code of TSN (Wang et al., ECCV 2016), flow that is no
    motion becomes 0, and the scale is the mean of RGB's.
    """
    mean, std = NORMALIZATIONS[normalization]
    if channels == 2:
        return (0.5, 0.5), (sum(std) / 3,) * 2
    return mean, std


def classifier(classes, stddev, name="logits", use_bias=True):
    """The last dense layer, N(0, stddev), in float32 at any precision."""
    return keras.layers.Dense(
        classes,
        use_bias=use_bias,
        kernel_initializer=keras.initializers.RandomNormal(stddev=stddev),
        dtype="float32",
        name=name,
    )


def activate(x, classifier_activation):
    """The last activation, as the layer `predictions`."""
    return keras.layers.Activation(
        classifier_activation, dtype="float32", name="predictions"
    )(x)


def pool_features(x, pooling, prefix=""):
    """Feature maps to what `include_top=False` promises."""
    if pooling is None:
        return x
    layers = {
        "avg": keras.layers.GlobalAveragePooling3D,
        "max": keras.layers.GlobalMaxPooling3D,
    }
    if pooling not in layers:
        raise ValueError(
            "`pooling` must be None, 'avg' or 'max'. Received: "
            f"pooling={pooling!r}."
        )
    return layers[pooling](name=f"{prefix}{pooling}_pool")(x)


def training_window(training_size, steps=5):
    """(H, W) of the feature maps of the crops of training, or None.

    Args:
        training_size: Pixels, one integer or (H, W); None: no window.
        steps: How often the network halves a side.

    Raises:
        ValueError: If it is no size.
    """
    if training_size is None:
        return None
    pair = training_size
    if not isinstance(pair, list | tuple):
        pair = (pair, pair)
    if len(pair) != 2 or any(not is_count(side) for side in pair):
        raise ValueError(
            "`training_size` must be None, a positive integer or two, (H, W). "
            f"Received: training_size={training_size!r}."
        )
    return tuple(-(-side // 2**steps) for side in pair)


def pool_windows(x, window, name):
    """Means over all frames and each window: (B, 1, H', W', C)."""
    _, frames, height, width, _ = x.shape
    if None in (frames, height, width):
        raise ValueError(
            "`training_size` needs clips of known T, H and W. Received: "
            f"feature maps of shape {tuple(x.shape)}."
        )
    sides = (min(a, b) for a, b in zip(window, (height, width), strict=True))
    return AveragePool3D((frames, *sides), 1, name=name)(x)


def activate_windows(x, classifier_activation):
    """`activate` at each place (B, 1, H', W', classes), and the mean."""
    x = keras.layers.Activation(
        classifier_activation, dtype="float32", name="window_predictions"
    )(x)
    return keras.layers.GlobalAveragePooling3D(
        dtype="float32", name="predictions"
    )(x)


def frame_features(x, prefix=""):
    """(B, T, H, W, C) to one vector a frame, (B, T, C)."""
    return FramePool(name=f"{prefix}head_pool")(x)


def classify_clip(x, dropout, classes, stddev):
    """Logits (B, classes) of the mean over time and space."""
    x = keras.layers.GlobalAveragePooling3D(name="head_pool")(x)
    x = keras.layers.Dropout(dropout, name="head_dropout")(x)
    return classifier(classes, stddev)(x)


def classify_frames(x, dropout, classes, stddev):
    """Logits (B, classes): each frame's own, averaged over the clip."""
    x = keras.layers.Dropout(dropout, name="head_dropout")(frame_features(x))
    x = classifier(classes, stddev)(x)
    return keras.layers.GlobalAveragePooling1D(
        dtype="float32", name="consensus"
    )(x)


def top(x, head, include_top, pooling, classes, classifier_activation):
    """The end of a network.

    Args:
        x: Feature maps (B, T, H, W, C).
        head: Function from feature maps to logits (B, classes).
        include_top, pooling, classes, classifier_activation: As in `DOC`.
    """
    if not include_top:
        return pool_features(x, pooling)
    check_top(classes, classifier_activation)
    return activate(head(x), classifier_activation)


def check_top(classes, classifier_activation):
    """Raise a ValueError for a head that cannot be."""
    if not isinstance(classes, int) or classes < 2:
        raise ValueError(
            "`classes` must be an integer of at least 2. Received: "
            f"classes={classes!r}."
        )
    if classifier_activation not in (None, "softmax", "sigmoid", "linear"):
        raise ValueError(
            "`classifier_activation` must be 'softmax', 'sigmoid' (several "
            "labels a clip), or None for logits. Received: "
            f"classifier_activation={classifier_activation!r}."
        )
