"""One tiny network of kvideo layers, and its artefacts, for the whole room."""

import keras
import numpy as np
import pytest

import kvideo.layers
from kvideo.export import (
    Card,
    card_path,
    export_onnx,
    export_saved_model,
    export_tflite,
)

CLIP_SHAPE = (6, 12, 12, 3)


def tiny_network(activation="softmax"):
    """A network in which each weight matters and no two clips look alike."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input(CLIP_SHAPE)
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = kvideo.layers.Conv3D(8, 3, strides=(1, 2, 2))(x)
    x = kvideo.layers.BatchNorm()(x)
    x = kvideo.layers.TemporalShift(fold_div=4)(x)
    x = kvideo.layers.Conv3D(8, 3, groups=8)(x)
    x = keras.layers.ReLU()(x)
    x = kvideo.layers.MaxPool3D((2, 2, 2), strides=2)(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    x = keras.layers.Dense(3, kernel_initializer="orthogonal")(x)
    # Trained networks are sure of themselves; random ones say 1/3 to
    # everything, and then every artefact agrees with every network.
    x = keras.layers.Rescaling(20)(x)
    return keras.Model(inputs, keras.layers.Activation(activation)(x))


@pytest.fixture(scope="session")
def make_network():
    return tiny_network


@pytest.fixture(scope="session")
def model(make_network):
    return make_network()


@pytest.fixture(scope="session")
def clips():
    rng = np.random.default_rng(0)
    scale = np.array([30, 120, 255]).reshape(3, 1, 1, 1, 1)
    return (rng.random((3, *CLIP_SHAPE)) * scale).astype("float32")


@pytest.fixture(scope="session")
def expected(model, clips):
    probabilities = model.predict(clips, verbose=0)
    assert np.ptp(probabilities, axis=0).max() > 0.1
    return probabilities


@pytest.fixture(scope="session")
def card():
    return Card(
        model="tiny",
        class_names=("left", "right", "still"),
        clip_spec={
            "num_frames": 6,
            "frame_size": [12, 12],
            "sampler": "uniform",
        },
    )


@pytest.fixture(scope="session")
def artefacts(model, card, tmp_path_factory):
    """The same network as each kind of artefact: kind -> path."""
    folder = tmp_path_factory.mktemp("artefacts")
    paths = {
        "keras": folder / "run" / "model.keras",
        "saved_model": folder / "saved_model",
        "tflite": folder / "model.tflite",
        "onnx": folder / "model.onnx",
    }
    paths["keras"].parent.mkdir()
    model.save(paths["keras"])
    card.save(card_path(paths["keras"]))
    export_saved_model(model, paths["saved_model"], card)
    export_tflite(model, paths["tflite"], card)
    export_onnx(model, paths["onnx"], card)
    return paths


@pytest.fixture(scope="session")
def served(model, card, tmp_path_factory):
    """A folder of models for TensorFlow Serving: `tiny/1`."""
    from kvideo.export.serving import export_serving

    base = tmp_path_factory.mktemp("base")
    export_serving(model, card, base)
    return base
