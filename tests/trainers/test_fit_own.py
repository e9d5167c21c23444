"""Runs of networks that are not in the registry."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import own_networks
from kvideo.export.known_card import default_clip_spec
from kvideo.trainers.fit import clip_spec


def build(classes=8, activation="softmax"):
    clips = keras.Input((2, 16, 16, 3))
    x = keras.layers.Rescaling(1 / 255)(clips)
    x = kvideo.layers.Conv3D(4, 3, strides=(1, 2, 2))(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    x = keras.layers.Dense(classes, activation)(x)
    return keras.Model(clips, x, name="mine")


@pytest.fixture
def settings(videos, tmp_path):
    return {
        "data": videos / "train",
        "validation_data": str(videos / "test"),
        "epochs": 1,
        "batch_size": 4,
        "out": tmp_path / "run",
        "verbose": 0,
    }


def test_a_model_is_trained_from_its_weights_on_and_exported(settings):
    model = build()
    before = [np.array(weight) for weight in model.weights]
    result = kvideo.train(model=model, **settings)
    assert result.model is model
    assert any(
        np.any(np.array(x) != y)
        for x, y in zip(model.weights, before, strict=True)
    )
    saved = keras.models.load_model(result.out / "model.keras")
    assert saved.name == "mine"
    card = result.card
    assert card.model == "own:mine" and len(card.class_names) == 8
    assert card.clip_spec["num_frames"] == 2
    path = kvideo.export.export_tflite(model, result.out / "model.tflite", card)
    assert kvideo.export.load_artefact(path).card.class_names


def test_a_function_gives_the_same_network_for_the_same_seed(
    settings, tmp_path
):
    first = kvideo.train(model=build, seed=3, **settings)
    settings["out"] = tmp_path / "again"
    second = kvideo.train(model=build, seed=3, **settings)
    assert first.history == second.history


def test_a_registry_network_inside_says_how_clips_are_drawn():
    def own(classes):
        inside = kvideo.create_model(
            "tsm_resnet_nano", include_top=False, pooling="avg"
        )
        clips = keras.Input(inside.input_shape[1:])
        scores = keras.layers.Dense(classes, "softmax")(inside(clips))
        return keras.Model(clips, scores)

    spec = clip_spec(own_networks.name_of(own))
    assert spec == default_clip_spec(own(classes=4))
    assert (spec.sampler, spec.frame_stride) == ("dense", 3)


@pytest.mark.parametrize(
    "model, more, message",
    [
        (lambda: build(3), {}, "8 classes and the network 3 outputs"),
        (lambda: build(activation=None), {}, "Add a softmax"),
        (
            lambda: build(),
            {"precision": "mixed_bfloat16"},
            "keep the precision that they were built with",
        ),
        (
            lambda: build(),
            {"model_overrides": {"classes_": 3}},
            "arguments of a function",
        ),
        (lambda: build(), {"multigrid": (1, 1)}, "needs a registry network"),
    ],
)
def test_what_would_be_wrong_without_a_word_is_refused(
    settings, model, more, message
):
    with pytest.raises(ValueError, match=message):
        kvideo.train(model=model(), **settings, **more)
