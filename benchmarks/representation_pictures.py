"""Draws docs/images/representations.png: frames and what is made of them.

    python benchmarks/representation_pictures.py

Trains the networks on the dynamic appearance and on squeezed images for three
epochs on the motion data with a camera that moves, seed 0 (a few minutes on two
CPU cores), and draws the first test videos of some classes.
"""

import argparse
import dataclasses
import pathlib

import evidence
import keras
import numpy as np
import representation_networks as networks
from PIL import Image

from kvideo.data import sampling, synthetic
from kvideo.visualize import representation_strip

LEVEL, EPOCHS, GAP = "camera", 3, 24
CLASSES = ("move_right", "grow")
# Titles, and the layers that make the images.
SHOWN = {
    "Dynamic appearance (PWTP)": "dynamic_appearance",
    "Squeezed image (TSP)": "squeezed_image",
}


def spec():
    return evidence.ClipSpec(
        num_frames=networks.SEGMENTS * networks.FRAMES,
        frame_size=networks.SIZE,
        sampler="dense",
    )


def trained(name, videos, protocol):
    """The network of a representation, after a short training."""
    keras.utils.set_random_seed(0)
    model = networks.network(name)
    clips = evidence.CachedClips(*videos, spec(), protocol.batch_size, 0)
    evidence.compile_model(model, protocol, protocol.epochs * len(clips))
    model.fit(clips, epochs=protocol.epochs, verbose=2)
    return model


def images(model, layer, clip):
    """What a layer of a network makes of a clip (T, H, W, 3)."""
    output = model.get_layer(layer).output
    made = keras.Model(model.inputs, output).predict_on_batch(clip[None])
    # A squeezed segment is a clip of its own.
    return np.asarray(made).reshape(-1, *clip.shape[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", default="data/evidence")
    parser.add_argument("--out", default="docs/images/representations.png")
    parser.add_argument("--classes", nargs="+", default=CLASSES)
    arguments = parser.parse_args()
    protocol = dataclasses.replace(evidence.Protocol(), epochs=EPOCHS)
    cache = pathlib.Path(arguments.cache)
    data = evidence.decoded(LEVEL, protocol, cache)
    models = {name: trained(name, data["train"], protocol) for name in SHOWN}
    videos, labels = data["test"]
    names = sorted(synthetic.MOTION_CLASSES)
    chosen = [names.index(name) for name in arguments.classes]
    firsts = [videos[list(labels).index(label)] for label in chosen]
    picture = Image.fromarray(draw(models, firsts))
    # A quarter of the size; the default method loses rare colours.
    picture = picture.quantize(256, Image.Quantize.FASTOCTREE)
    picture.save(arguments.out, optimize=True)


def draw(models, videos):
    """The strips of all videos, side by side."""
    parts = []
    for video in videos:
        clip = video[sampling.sample(len(video), spec())].astype("float32")
        made = {
            name: images(model, SHOWN[name], clip)
            for name, model in models.items()
        }
        strip = representation_strip(clip, made, networks.SIZE)
        parts += [strip, np.full((len(strip), GAP, 3), 255, "uint8")]
    return np.concatenate(parts[:-1], axis=1)


if __name__ == "__main__":
    main()
