"""Motion representations in front of one and the same small network.

    python benchmarks/representations.py

The shape of Tables 3.12 and 5.1 of Huang's thesis: every representation makes
one image of a segment of six frames, a nano ResNet classifies the images.
Prints what each costs, by itself and in time of the whole network beside that
of RGB, and the accuracies on file from `evidence.py representations-tsn` (no
sense of time but what the images show, as in Table 5.1) and
`evidence.py representations-tsm` (as in Table 3.12).
"""

import argparse
import os
import pathlib
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

import kvideo
from kvideo import layers
from kvideo.applications import plumbing
from kvideo.applications.shapes_only import shapes_only
from kvideo.backbones import resnet, walk
from kvideo.evaluate.bench import random_clip

SEGMENTS, FRAMES, SIZE = 4, 6, 64
FLOW = "TV-L1 flow"
THESIS = (8, 224)  # segments, size
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


def cost(representation, segments, size):
    """Parameters and MACs of the representation alone."""
    with shapes_only():
        clips = clip_input(representation, segments, size)
        model = keras.Model(clips, REPRESENTATIONS[representation](clips))
        counted = kvideo.count(model)
    return counted.trainable_params, counted.macs


def times(models, runs):
    """Median CPU seconds of a clip for each model, taken in turns."""
    clips = {n: random_clip(m.input_shape[1:]) for n, m in models.items()}
    found = {name: [] for name in models}
    for run in range(runs + 2):
        for name, model in models.items():
            start = time.process_time()
            model.predict_on_batch(clips[name])
            if run >= 2:  # the first compile
                found[name].append(time.process_time() - start)
    return {name: statistics.median(t) for name, t in found.items()}


def accuracies(out):
    """{table: {representation: text}} of the results on file."""
    import evidence_tables

    found = {}
    for name in ("representations-tsn", "representations-tsm"):
        table = evidence_tables.TABLES[name]
        found[name] = {}
        for row in table.rows:
            runs = evidence_tables.results(table, row, out)
            top1 = [100 * run["top1"] for run in runs]
            found[name][row.label] = (
                f"{statistics.mean(top1):.1f} ({len(top1)})" if top1 else "-"
            )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--out", default="benchmarks/results")
    arguments = parser.parse_args()
    models = {name: network(name) for name in REPRESENTATIONS}
    seconds = times(models, arguments.runs)
    tsn, tsm = accuracies(pathlib.Path(arguments.out)).values()
    print(
        "| representation | parameters | MMAC | GMAC, 48x224x224 "
        "| time of the network, RGB = 1 | TSN top-1 % (seeds) "
        "| TSM top-1 % (seeds) |\n|---|---|---|---|---|---|---|"
    )
    for name in REPRESENTATIONS:
        params, macs = cost(name, SEGMENTS, SIZE)
        _, full = cost(name, *THESIS)
        print(
            f"| {name} | {params:,} | {macs / 1e6:.2f} | {full / 1e9:.2f} "
            f"| {seconds[name] / seconds['RGB']:.2f} "
            f"| {tsn[name]} | {tsm[name]} |"
        )


if __name__ == "__main__":
    main()
