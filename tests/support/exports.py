"""Exports of a network beside the network, for random weights."""

import numpy as np

from kvideo.export import (
    Card,
    export_onnx,
    export_saved_model,
    export_tflite,
    load_artefact,
)


def sure_of_itself(model, layer="logits"):
    """Give a network opinions: at random it says 1 / classes to all clips,
    and then anything agrees with it."""
    dense = model.get_layer(layer)
    rng = np.random.default_rng(3)
    features = dense.kernel.shape[0]
    kernel = rng.normal(0, 8 / features**0.5, dense.kernel.shape)
    dense.kernel.assign(kernel - kernel.mean(axis=0))
    return model


def two_clips(model):
    """Noise, the first clip dark."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 255, (2, *model.input_shape[1:])).astype("float32")
    return x * np.float32([0.2, 1]).reshape(2, 1, 1, 1, 1)


def undecided(model, layer="logits"):
    """Neither certain nor indifferent: then no difference is hidden."""
    sure_of_itself(model, layer)
    kernel, x = model.get_layer(layer).kernel, two_clips(model)
    for _ in range(40):
        scores = np.asarray(model(x, training=False))
        if scores.max() > 0.95:
            kernel.assign(kernel * 0.6)
        elif np.ptp(scores, axis=1).max() < 0.1:
            kernel.assign(kernel * 1.7)
        else:
            return model
    raise AssertionError(f"{model.name} cannot be made undecided")


EXPORTS = {
    "saved_model": export_saved_model,
    # Refuses operations that are not built in.
    "model.tflite": export_tflite,
    "model.onnx": export_onnx,
}


def check_exports(model, folder, names=("saved_model", "model.tflite")):
    """The artefacts of these names agree with Keras."""
    sure_of_itself(model)
    check_as_it_is(model, folder, names)


def check_as_it_is(model, folder, names):
    """`check_exports` of a network that has opinions."""
    x = two_clips(model)
    scores = np.asarray(model(x, training=False))
    assert np.ptp(scores, axis=1).max() > 0.05
    classes = tuple(f"class {i}" for i in range(scores.shape[1]))
    clip_spec = {"num_frames": x.shape[1], "frame_size": [*x.shape[2:4]]}
    card = Card(model.name, classes, clip_spec)
    for name in names:
        EXPORTS[name](model, folder / name, card)
        found = load_artefact(folder / name).predict(x)
        np.testing.assert_allclose(found, scores, atol=1e-4, rtol=0)
