"""Files of others that would fill the memory are refused, unread."""

import zipfile

import h5py
import keras
import numpy as np
import pytest
import yaml

from kvideo import bounds
from kvideo.applications.weight_files import as_h5, shapes_in
from kvideo.applications.whole_models import weights_by_layer
from kvideo.evaluation import Evaluation
from kvideo.export import Card, read_card
from kvideo.trainers import RunConfig
from kvideo.trainers.snapshot import _read
from kvideo.yaml_files import read_yaml


@pytest.fixture(autouse=True)
def _little(monkeypatch):
    """What is too much, at the size of a test."""
    monkeypatch.setattr(bounds, "FREE", 50_000)
    monkeypatch.setattr(bounds, "MOST_TIMES", 3)
    monkeypatch.setattr(bounds, "CARD", 20_000)


def _zip(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("_", "."), content)
    return path


def _vast(path, whole):
    """An array of which nothing is stored."""
    with h5py.File(path, "w") as file:
        if whole:
            file.attrs["model_config"] = "{}"
        group = "model_weights" if whole else "layers"
        file.create_dataset(f"{group}/w", (10**6,), "float32")
    return path


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("a.keras", shapes_in),
        ("a.keras", weights_by_layer),
        ("a.keras", lambda path: as_h5(path).__enter__()),
        ("a.npz", Evaluation.load),
        ("a.npz", _read),
    ],
)
def test_archives(tmp_path, name, read):
    path = _zip(tmp_path / name, model_weights_h5=bytes(10**6))
    with pytest.raises(ValueError, match=f"{name}.*is not read"):
        read(path)


@pytest.mark.parametrize(
    ("read", "whole"), [(shapes_in, False), (weights_by_layer, True)]
)
def test_arrays_of_nothing(tmp_path, read, whole):
    with pytest.raises(ValueError, match=r"a\.h5.*is not read"):
        read(_vast(tmp_path / "a.h5", whole))


def test_cards(tmp_path):
    path = tmp_path / "a.tflite"
    path.write_bytes(b"model")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", b" " * 10**6)
    with pytest.raises(ValueError, match=r"card\.json.*a\.tflite.*not read"):
        read_card(path)
    card = tmp_path / "a.card.json"
    for text, reason in ((" " * 30_000, "is not read"), ("[" * 9999, "JSON")):
        card.write_text(text)
        with pytest.raises(ValueError, match=reason):
            Card.load(card)


def test_a_card_that_was_cut_is_named(tmp_path):
    path = tmp_path / "a.tflite"
    noise = np.random.default_rng(0).bytes(9000)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("card.json", noise)
    content = path.read_bytes()
    path.write_bytes(content.replace(noise[:99], noise[1:100]))
    with pytest.raises(ValueError, match=r"card in .*a\.tflite' is damaged"):
        read_card(path)


def test_yaml_that_names_itself(tmp_path):
    path = tmp_path / "config.yaml"
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)
    ]
    for text in ("\n".join(lines), "a: &a [*a]"):
        path.write_text(text)
        with pytest.raises(ValueError, match="again and again"):
            RunConfig.load(path)
    path.write_text("#" * 1_000_001)
    with pytest.raises(ValueError, match="1 MB"):
        read_yaml(path)


def test_what_people_write_is_read(tmp_path):
    path = tmp_path / "config.yaml"
    text = "a: &a {b: [1, 2], c: null}\nd: *a\ne:\n"
    path.write_text(text)
    assert read_yaml(path) == yaml.safe_load(text)
    path.write_text("")
    assert read_yaml(path) is None
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.save(tmp_path / "a.keras")
    model.save_weights(tmp_path / "a.weights.h5")
    for name in ("a.keras", "a.weights.h5"):
        assert sorted(shapes_in(tmp_path / name)) == [(3,), (4, 3)]
