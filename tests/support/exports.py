"""Both exports of a network beside the network, for random weights."""

import numpy as np

from kvideo.export import (
    Card,
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


def check_exports(model, folder):
    """SavedModel, and TFLite of built-in operations, agree with Keras."""
    sure_of_itself(model)
    shape = model.input_shape[1:]
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 255, (2, *shape)).astype("float32")
    x *= np.linspace(0.2, 1, 2).reshape(2, 1, 1, 1, 1)
    scores = np.asarray(model(x, training=False))
    assert np.ptp(scores, axis=1).max() > 0.05
    names = tuple(f"class {i}" for i in range(scores.shape[1]))
    card = Card(model.name, names, {"num_frames": shape[0]})
    for export, name in (
        (export_saved_model, "saved_model"),
        (export_tflite, "model.tflite"),
    ):
        # Refuses operations that are not built in.
        export(model, folder / name, card)
        found = load_artefact(folder / name).predict(x)
        np.testing.assert_allclose(found, scores, atol=1e-4, rtol=0)
