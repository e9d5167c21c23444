"""A run with `joint`: it goes on exactly, and leaves the plain network."""

import csv
import dataclasses

import keras
import numpy as np
import pytest

from kvideo.applications import registry
from kvideo.export import load_artefact
from kvideo.layers import PixelWiseTemporalProjection
from kvideo.trainers import train


def tiny_dan(variant, classes, input_shape=(4, 16, 16, 3), dropout=0.5):
    clips = keras.Input(input_shape)
    x = keras.layers.Rescaling(1 / 255)(clips)
    x = PixelWiseTemporalProjection(4, 1, 3, 4, 5)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dropout(dropout)(x)
    x = keras.layers.Dense(classes, activation="softmax")(x)
    return keras.Model(clips, x, name=f"tiny_{variant}")


@pytest.fixture
def run(config, tmp_path, monkeypatch):
    """Three epochs of four steps."""
    info = registry.ModelInfo(
        "tiny_dan", "tiny", "dan", tiny_dan, (4, 16, 16, 3)
    )
    monkeypatch.setitem(registry._MODELS, "tiny_dan", info)
    return dataclasses.replace(
        config, model="tiny_dan", model_overrides={}, epochs=3, joint="mgda"
    )


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("strategy", "options"),
    [
        ("schedule", {"gamma": 0.4}),
        pytest.param(
            "separate", {"projection_steps": 6}, marks=pytest.mark.slow
        ),
    ],
)
def test_resumed_run_is_an_uninterrupted_one(run, tmp_path, strategy, options):
    run = dataclasses.replace(run, joint=strategy, joint_options=options)
    whole = train(run, verbose=0)
    cut = dataclasses.replace(run, out=str(tmp_path / "cut"))
    with pytest.raises(KeyboardInterrupt):
        train(cut, callbacks=[Interrupt()], verbose=0)
    resumed = train(cut, resume=True, verbose=0)
    assert len(resumed.history) == 3
    for row, expected in zip(resumed.history, whole.history, strict=True):
        assert row == pytest.approx(expected, rel=1e-6)
    alphas = [row["alpha"] for row in whole.history]
    assert alphas == sorted(alphas, reverse=True) and alphas[2] < alphas[0]


def test_the_files_hold_the_plain_network(run):
    result = train(run, verbose=0)
    with open(result.out / "history.csv", newline="") as file:
        logged = set(next(csv.reader(file)))
    assert {"alpha", "projection_loss", "val_projection_loss"} <= logged
    clips = np.random.default_rng(0).uniform(0, 255, (2, 4, 16, 16, 3))
    expected = result.model(clips.astype("float32"), training=False)
    found = load_artefact(result.out).predict(clips)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    best = keras.saving.load_model(result.out / "best.keras")
    assert best.name == result.model.name == "tiny_dan"


def test_network_without_a_projection(run):
    wrong = dataclasses.replace(run, model="tiny_net")
    with pytest.raises(ValueError, match="PixelWiseTemporalProjection"):
        train(wrong, verbose=0)
