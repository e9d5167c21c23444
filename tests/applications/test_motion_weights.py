"""Weights in the package: they load, they know something, damage is seen."""

import json
import shutil

import numpy as np
import pytest

import kvideo
from kvideo.applications import motion_weights
from kvideo.data import ProceduralClips, class_names
from kvideo.data.procedural import SceneConfig

NAMES = motion_weights.networks()


def test_there_are_some_and_they_are_small():
    assert "bqn_nano" in NAMES
    sizes = [path.stat().st_size for path in motion_weights.FOLDER.iterdir()]
    assert sum(sizes) < 12e6


@pytest.mark.parametrize("name", NAMES)
def test_a_card_says_what_they_are(name):
    card = motion_weights.motion_card(name)
    assert card["network"] == name
    assert card["classes"] == class_names("motion")
    assert name in card["command"] and card["hours"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_they_name_fresh_clips_as_often_as_their_card_says(name):
    frames, size = kvideo.model_info(name).input_shape[:2]
    model = kvideo.create_model(name, weights="motion", classes=33)
    fresh = ProceduralClips(
        steps=6,
        batch_size=32,
        config=SceneConfig(num_frames=frames, size=size),
        seed=77,
    )
    model.compile(metrics=["accuracy"], loss="sparse_categorical_crossentropy")
    found = model.evaluate(fresh, verbose=0, return_dict=True)["accuracy"]
    share = motion_weights.motion_card(name)["accuracy_on_3200_fresh_clips"]
    # Of 192 clips: three and a half standard deviations.
    assert abs(found - share) < 3.5 * np.sqrt(share * (1 - share) / 192)


@pytest.mark.parametrize("name", NAMES)
def test_all_but_the_classifier_is_loaded(name):
    whole = kvideo.create_model(name, weights="motion", classes=33)
    five = kvideo.create_model(name, weights="motion", classes=5)
    bare = kvideo.create_model(
        name, weights="motion", include_top=False, pooling="avg"
    )
    known = {w.path: np.array(w) for w in whole.weights}
    for model in (five, bare):
        for weight in model.weights:
            if "logits" not in weight.path:
                np.testing.assert_array_equal(weight, known[weight.path])
    assert five.output_shape == (None, 5)


def test_by_the_builder_of_the_family():
    model = kvideo.applications.BQN(variant="nano", weights="motion", classes=4)
    assert model.name == "bqn_nano"


def test_a_network_without_them_names_those_with():
    with pytest.raises(ValueError, match=r"is there for .*bqn_nano.*resnet50"):
        kvideo.create_model("tsn_resnet50", weights="motion", classes=3)


def test_what_does_not_fit_says_why():
    with pytest.raises(ValueError, match=r"other weights in .*lateral\*_quiet"):
        kvideo.create_model("bqn_nano", weights="motion", phi="conv")


def test_damage_is_told_by_the_checksum(tmp_path, monkeypatch):
    shutil.copytree(motion_weights.FOLDER, tmp_path / "motion")
    monkeypatch.setattr(motion_weights, "FOLDER", tmp_path / "motion")
    path = tmp_path / "motion" / "bqn_nano.weights.h5"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match=r"bqn_nano.*are damaged.*Install"):
        kvideo.create_model("bqn_nano", weights="motion", classes=3)


def test_kernels_are_written_in_16_bits_and_vectors_in_32(tmp_path):
    model = kvideo.create_model("tsn_resnet_nano", classes=3)
    huge = next(w for w in model.weights if w.path.endswith("variance"))
    huge.assign(huge + 1e6)  # more than 16 bits hold
    path = motion_weights.write_weights(
        model, tmp_path, {"network": "tsn_resnet_nano"}
    )
    assert json.loads((tmp_path / "tsn_resnet_nano.json").read_text())["sha256"]
    twin = kvideo.create_model("tsn_resnet_nano", classes=3, weights=path)
    for one, two in zip(model.weights, twin.weights, strict=True):
        tolerance = 1e-3 if len(one.shape) > 1 else 1e-6
        np.testing.assert_allclose(one, two, rtol=tolerance, atol=1e-6)
