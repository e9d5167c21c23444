"""The weights that a run begins with."""

import dataclasses

import keras
import numpy as np
import pytest

from kvideo.trainers.fit import train
from kvideo.trainers.start import start_from
from tests.trainers.conftest import tiny_network


@pytest.fixture
def path(tmp_path):
    keras.utils.set_random_seed(1)
    network = tiny_network("other", classes=5)
    for weight in network.weights:
        weight.assign(np.random.default_rng(2).uniform(size=weight.shape))
    network.save(tmp_path / "other.keras")
    return tmp_path / "other.keras"


@pytest.mark.parametrize("classes", [5, 3])
def test_all_weights_but_those_of_other_classes(path, classes):
    network = tiny_network("net", classes=classes)
    before = network.get_weights()
    start_from(network, path)
    other = keras.saving.load_model(path).get_weights()
    kept = 2 if classes == 3 else 0
    same = len(before) - kept
    for ours, theirs in zip(network.get_weights()[:same], other, strict=False):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(
        network.get_weights()[same:], before[same:], strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_what_is_no_such_network(path, tmp_path):
    with pytest.raises(FileNotFoundError, match="without `weights_from`"):
        start_from(tiny_network("net", classes=3), tmp_path / "no.keras")
    larger = tiny_network("net", classes=5, input_shape=(2, 8, 8, 3))
    with pytest.raises(ValueError, match=r"\('batch_normalization.*192.*768"):
        start_from(larger, path)
    clips = keras.Input((2, 16, 16, 3))
    pooled = keras.layers.GlobalAveragePooling3D()(clips)
    smaller = keras.Model(clips, keras.layers.Dense(5)(pooled))
    with pytest.raises(ValueError, match="Expected 2 weights; received 6"):
        start_from(smaller, path)


def test_a_run_begins_there_and_goes_on_elsewhere(config, path):
    still = dataclasses.replace(
        config,
        weights_from=str(path),
        batch_norm="frozen",
        epochs=1,
        optimizer={"name": "sgd", "learning_rate": 1e-9, "weight_decay": 0},
    )
    result = train(still, verbose=0)
    other = keras.saving.load_model(path).get_weights()
    for ours, theirs in zip(
        result.model.get_weights()[:4], other, strict=False
    ):
        np.testing.assert_array_equal(ours, theirs)
    # A run that goes on has no use for the file.
    path.unlink()
    assert train(still, resume=True, verbose=0).history == result.history
