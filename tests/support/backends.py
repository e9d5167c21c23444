"""Outputs of every layer and small network, to compare between backends.

    python -m tests.support.backends write some FOLDER  # KERAS_BACKEND=...
    python -m tests.support.backends check some FOLDER

`write` builds, saves weights and outputs; `check` builds again, loads the
weights that another backend saved, and prints each name with its largest
relative difference. Run in a process of its own: a backend is chosen once.
"""

import pathlib
import sys

import keras
import numpy as np

import kvideo
from kvideo import layers

CLIP = (4, 16, 16, 8)
RGB = (4, 16, 16, 3)
# Compared in every run; JAX takes a second or more to compile any, and the
# slow tests compare the rest.
NETWORKS = ("bqn_nano", "cidc_nano", "gdn_resnet_nano", "x3d_nano")
# One call for each layer: (layer, shapes of its inputs without the batch).
# tests/test_backends.py asks for every class of `kvideo.layers`.
LAYERS = {
    "AttentionChain": lambda: (
        layers.AttentionChain(
            [layers.VideoSqueezeExcite(4), layers.NonLocal()]
        ),
        CLIP,
    ),
    "AttentionPropagation": lambda: (
        layers.AttentionPropagation(),
        CLIP,
        (2, 8, 8, 16),
    ),
    "AveragePool3D": lambda: (layers.AveragePool3D((2, 2, 2)), CLIP),
    "BandPassLateralConnection": lambda: (
        layers.BandPassLateralConnection(),
        CLIP,
        CLIP,
    ),
    "BatchNorm": lambda: (layers.BatchNorm(), CLIP),
    "CBAM3D": lambda: (layers.CBAM3D(4, 3), CLIP),
    "ChannelGate": lambda: (layers.ChannelGate(4), CLIP),
    "ClipCenterCrop": lambda: (layers.ClipCenterCrop(12, 10, 14), CLIP),
    "ClipColorJitter": lambda: (layers.ClipColorJitter(), RGB),
    "ClipCutMix": lambda: (layers.ClipCutMix(), CLIP),
    "ClipMixUp": lambda: (layers.ClipMixUp(), CLIP),
    "ClipMultiScaleCrop": lambda: (layers.ClipMultiScaleCrop(9, 12), CLIP),
    "ClipNormalize": lambda: (layers.ClipNormalize("btsnet"), RGB),
    "ClipRandAugment": lambda: (layers.ClipRandAugment(), RGB),
    "ClipRandomErasing": lambda: (layers.ClipRandomErasing(), CLIP),
    "ClipRandomFlip": lambda: (layers.ClipRandomFlip(), CLIP),
    "ClipRandomResizedCrop": lambda: (
        layers.ClipRandomResizedCrop(9, 12),
        CLIP,
    ),
    "ClipShortSideJitter": lambda: (
        layers.ClipShortSideJitter(9, 12, (14, 18)),
        CLIP,
    ),
    "ClipTenCrop": lambda: (layers.ClipTenCrop(9, 12, 14), CLIP),
    "ClipThreeCrop": lambda: (layers.ClipThreeCrop(9, 12, 14), CLIP),
    "Conv3D": lambda: (
        layers.Conv3D(16, 3, (1, 2, 2), dilation_rate=(2, 1, 1), groups=4),
        CLIP,
    ),
    "ConvPyramidAttention": lambda: (layers.ConvPyramidAttention(), CLIP),
    "DirectionalTemporalConv": lambda: (
        layers.DirectionalTemporalConv(6),
        CLIP,
    ),
    "DynamicImage": lambda: (layers.DynamicImage(2), CLIP),
    "FramePool": lambda: (layers.FramePool(), CLIP),
    "GlobalContext": lambda: (layers.GlobalContext(4), CLIP),
    "GroupedDecomposed": lambda: (layers.GroupedDecomposed(), CLIP),
    "GroupedSpatialTemporal": lambda: (layers.GroupedSpatialTemporal(), CLIP),
    "MTConv": lambda: (layers.MTConv(16, ratio=0.5, strides=(1, 2, 2)), CLIP),
    "MaxPool3D": lambda: (layers.MaxPool3D((1, 3, 3), (1, 2, 2)), CLIP),
    "MotionBandPass": lambda: (layers.MotionBandPass(3, 0.9), CLIP),
    "NonLocal": lambda: (layers.NonLocal(), CLIP),
    "PixelWiseTemporalProjection": lambda: (
        layers.PixelWiseTemporalProjection(4),
        CLIP,
    ),
    "QuietInput": lambda: (
        layers.QuietInput("complement"),
        (6, 16, 16, 3),
        (2, 16, 16, 3),
    ),
    "RegionNonLocal": lambda: (
        layers.RegionNonLocal(3, query_chunk=300),
        CLIP,
    ),
    "RGBDifference": lambda: (layers.RGBDifference(2), CLIP),
    "ResizeClip": lambda: (layers.ResizeClip(10, 12), CLIP),
    "SoftPool2D": lambda: (layers.SoftPool2D(3, 2), CLIP),
    "SoftPool3D": lambda: (layers.SoftPool3D(2), CLIP),
    "SqueezeRecursion": lambda: (
        layers.SqueezeRecursion("lstm_peephole"),
        CLIP,
    ),
    "TemporalSpatialPathway": lambda: (
        layers.TemporalSpatialPathway(8, pathways=2, groups=4, strides=2),
        CLIP,
    ),
    "SlowFrames": lambda: (layers.SlowFrames(2), CLIP),
    "StreamingAverage": lambda: (
        # The average, of three outputs.
        lambda inputs: layers.StreamingAverage(4)(inputs)[0],
        *((1, 8), (4, 8), (1,)),
    ),
    "StreamingShift": lambda: (
        lambda inputs: layers.StreamingShift(4)(inputs)[0],
        *((1, 16, 16, 8), (1, 16, 16, 2)),
    ),
    "TemporalShift": lambda: (layers.TemporalShift(4), CLIP),
    "TemporalSqueezePooling": lambda: (
        layers.TemporalSqueezePooling(2),
        CLIP,
    ),
    "TripletCosineFrameSelection": lambda: (
        layers.TripletCosineFrameSelection(),
        (8, 4, 4, 3),
    ),
    "VideoSqueezeExcite": lambda: (layers.VideoSqueezeExcite(4), CLIP),
}


def cases(which):
    """Names and models of the layers and some networks, or of all the others.

    Args:
        which: `"some"`, or `"rest"`.
    """
    for name, make in LAYERS.items() if which == "some" else ():
        layer, *shapes = make()
        inputs = [keras.Input(shape) for shape in shapes]
        inputs = inputs if len(inputs) > 1 else inputs[0]
        yield name, keras.Model(inputs, layer(inputs))
    for name in kvideo.list_models("*nano"):
        if (name in NETWORKS) != (which == "some"):
            continue
        yield (
            name,
            kvideo.create_model(name, classes=5, classifier_activation=None),
        )


def shake(model, seed):
    """Weights as if trained: what starts at 0 or 1 would hide a mistake."""
    rng = np.random.default_rng(seed)
    model.set_weights(
        [
            np.abs(w + rng.normal(0, 0.1, w.shape))
            if "variance" in variable.path
            else w + rng.normal(0, 0.1, w.shape)
            for w, variable in zip(
                model.get_weights(), model.weights, strict=True
            )
        ]
    )


def outputs_of(model, seed):
    rng = np.random.default_rng(seed)
    inputs = [
        rng.uniform(0, 255, (2, *x.shape[1:])).astype("float32")
        for x in model.inputs
    ]
    # `predict` compiles: JAX would else compile each operation by itself.
    return model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)


def write(which, folder):
    # The same weights in every run, so that a difference can be looked for.
    keras.utils.set_random_seed(0)
    for seed, (name, model) in enumerate(cases(which)):
        shake(model, seed)
        model.save_weights(folder / f"{name}.weights.h5")
        np.save(folder / f"{name}.npy", outputs_of(model, seed))


def check(which, folder):
    # The weights come from files; to draw them first would make JAX compile
    # a generator for every shape, most of a minute for each network.
    for initializer in ("VarianceScaling", "RandomNormal"):
        cls = getattr(keras.initializers, initializer)
        cls.__call__ = lambda self, shape, dtype=None: np.zeros(shape, dtype)
    for seed, (name, model) in enumerate(cases(which)):
        model.load_weights(folder / f"{name}.weights.h5")
        expected = np.load(folder / f"{name}.npy")
        found = outputs_of(model, seed)
        print(
            name,
            np.abs(found - expected).max() / np.abs(expected).max(),
            flush=True,
        )
    if keras.backend.backend() != "tensorflow":
        assert "tensorflow" not in sys.modules, "TensorFlow was imported"


if __name__ == "__main__":
    command, which, folder = sys.argv[1:]
    {"write": write, "check": check}[command](which, pathlib.Path(folder))
