"""Tiny encoded videos, a tiny network in the registry, and a run of both."""

import keras
import pytest

from kvideo.applications import registry
from kvideo.data.synthetic import write_motion_dataset
from kvideo.trainers import RunConfig


def tiny_network(variant, classes, input_shape=(2, 16, 16, 3), dropout=0.0):
    """Normalisation, dropout and a dense layer on an average frame."""
    clips = keras.Input(input_shape)
    x = keras.layers.Rescaling(1 / 255)(clips)
    x = keras.ops.mean(x, axis=1)
    x = keras.layers.Flatten()(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(dropout)(x)
    x = keras.layers.Dense(classes, activation="softmax")(x)
    return keras.Model(clips, x, name=f"tiny_{variant}")


@pytest.fixture(scope="module", autouse=True)
def registered():
    """Enters `tiny_net` in the registry for the time of these tests."""
    registry.model_info("bqn")  # loads the tables
    info = registry.ModelInfo(
        "tiny_net", "tiny", "net", tiny_network, (2, 16, 16, 3)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry._MODELS, "tiny_net", info)
        yield


@pytest.fixture(scope="session")
def videos(tmp_path_factory):
    """Folder with `train` and `test`, eight classes of two and one videos."""
    folder = tmp_path_factory.mktemp("motion")
    write_motion_dataset(folder, {"train": 2, "test": 1}, seed=1)
    return folder


@pytest.fixture
def config(videos, tmp_path):
    """Two epochs of four steps, with dropout."""
    return RunConfig(
        model="tiny_net",
        data=str(videos / "train"),
        validation_data=str(videos / "test"),
        model_overrides={"dropout": 0.5},
        epochs=2,
        batch_size=4,
        out=str(tmp_path / "run"),
    )
