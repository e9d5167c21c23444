"""One small network on each motion representation, of the same images.

Used by `evidence_tables.py`, which trains them, and by `representations.py`,
which measures them.
"""

import keras

from kvideo import layers
from kvideo.applications import plumbing
from kvideo.backbones import resnet, walk

SEGMENTS, FRAMES, SIZE = 4, 6, 64
FLOW = "TV-L1 flow"
CLASSES = 8


def squeezed_image(x):
    """One squeezed frame a segment; the layer takes a whole clip."""
    _, length, *frame = x.shape
    x = keras.ops.reshape(x, (-1, FRAMES, *frame))
    x = layers.TemporalSqueezePooling(1, name="squeezed_image")(x)
    return keras.ops.reshape(x, (-1, length // FRAMES, *frame))


def stacked_flow(x):
    """Five fields of a segment as ten channels; five have six frames."""
    parts = [
        keras.ops.take(x, range(t, x.shape[1], FRAMES), axis=1)
        for t in range(FRAMES - 1)
    ]
    return keras.ops.concatenate(parts, axis=-1)


# Each: normalised clips (B, S T, H, W, 3), or fields of flow, to images
# (B, S, H, W, C). The band-pass takes the first three frames of each segment.
REPRESENTATIONS = {
    "RGB": lambda x: layers.SlowFrames(FRAMES)(x),
    "RGB difference": lambda x: layers.RGBDifference(FRAMES)(x),
    "Dynamic image": lambda x: layers.DynamicImage(FRAMES)(x),
    "Dynamic image, of frames": lambda x: layers.DynamicImage(FRAMES, "frames")(
        x
    ),
    "MBPM": lambda x: layers.MotionBandPass(strides=FRAMES)(x),
    "Squeezed image (TSP)": squeezed_image,
    "Dynamic appearance (PWTP)": lambda x: layers.PixelWiseTemporalProjection(
        FRAMES, name="dynamic_appearance"
    )(x),
    FLOW: stacked_flow,
}


def network(
    representation, backbone="tsn_resnet_nano", classes=CLASSES, dropout=0.2
):
    """A representation, a 2-D ResNet on its images, the mean of their logits.

    Args:
        representation: Name in `REPRESENTATIONS`.
        backbone: Name in `kvideo.backbones.resnet.SPECS`.
        classes, dropout: Of the head.
    """
    clips = clip_input(representation, SEGMENTS, SIZE)
    if representation == FLOW:
        x = keras.layers.Rescaling(1 / 127.5, -1, name="normalize")(clips)
    else:
        x = plumbing.normalize(clips, "imagenet", True)
    x = REPRESENTATIONS[representation](x)
    x = walk(resnet.steps(resnet.SPECS[backbone]), x)
    x = plumbing.classify_frames(x, dropout, classes, 0.001)
    return keras.Model(clips, plumbing.activate(x, "softmax"))


def clip_input(representation, segments, size):
    channels = 2 if representation == FLOW else 3
    return keras.Input((segments * FRAMES, size, size, channels), name="clips")
