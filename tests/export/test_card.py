import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from kvideo.export import Card, card_path


def make(**changes):
    fields = {
        "model": "bqn_nano",
        "class_names": ("left", "right"),
        "clip_spec": {"num_frames": 24, "frame_size": (64, 64)},
        "overrides": {"input_shape": (24, 64, 64, 3)},
        "metrics": {"top1": np.float32(0.5), "loss": float("nan")},
        "recipe": {"name": "motion"},
        "data": {"name": "motion", "counts": {"train": np.int64(320)}},
        "protocol": {"split": "test", "views": 1},
        "checksums": {"model.tflite": "ab"},
    }
    return Card(**(fields | changes))


def test_a_card_equals_the_one_read_back(tmp_path):
    card = make()
    path = card.save(tmp_path / "new" / "model.card.json")
    assert Card.load(path) == card
    assert card.class_names == ("left", "right")
    assert card.metrics == {"top1": 0.5, "loss": None}
    assert card.clip_spec["frame_size"] == [64, 64]


def test_a_card_of_an_older_version_is_read(tmp_path):
    fields = json.loads(make().to_json())
    for name in ("recipe", "data", "protocol", "checksums"):
        del fields[name]
    found = Card.from_json(json.dumps(fields))
    assert found == dataclasses.replace(
        make(created=fields["created"]),
        **{name: {} for name in ("recipe", "data", "protocol", "checksums")},
    )
    # What it does not say of itself is not made up.
    del fields["versions"]
    with pytest.raises(ValueError, match=r"with the keys.*'versions'"):
        Card.from_json(json.dumps(fields))


def test_a_card_says_the_versions_and_the_time():
    card = make()
    assert set(card.versions) == {"kvideo", "keras", "tensorflow"}
    assert card.versions["keras"].startswith("3.")
    assert card.created.endswith("+00:00")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": ""}, "`model` of a card must be text"),
        ({"class_names": ()}, "must be a list of names"),
        ({"class_names": "left"}, "must be a list of names"),
        ({"class_names": ("a", 1)}, "must be a list of names"),
        ({"class_names": ("a", "b", "a")}, r"Repeated: \['a'\]"),
        ({"recipe": "motion"}, "`recipe` of a card must be a dictionary"),
        ({"clip_spec": None}, "`clip_spec` of a card must be a dictionary"),
        ({"overrides": {"x": object()}}, r"overrides\['x'\]=<object"),
    ],
)
def test_a_bad_card_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "Received: a list"),
        ('{"model": "m", "colour": 1}', r"keys=\['colour', 'model'\]"),
    ],
)
def test_a_bad_file_is_named(tmp_path, text, message):
    path = tmp_path / "model.card.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        Card.load(path)
    assert str(path) in str(error.value)


def test_a_missing_card_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"No card at '.*x\.json'"):
        Card.load(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("artefact", "expected"),
    [
        ("runs/a/model.keras", "runs/a/model.card.json"),
        ("out/model.onnx", "out/model.card.json"),
        ("out/net.v2.tflite", "out/net.v2.card.json"),
        ("out/saved_model", "out/saved_model/assets.extra/card.json"),
    ],
)
def test_where_an_artefact_keeps_its_card(artefact, expected):
    assert card_path(artefact) == Path(expected)
