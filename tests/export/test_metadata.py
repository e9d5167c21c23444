import zipfile

import pytest

from kvideo.export import Card, card_path, read_card
from kvideo.export.metadata import append_to_tflite

onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture
def alone(artefacts, tmp_path):
    """Copies of the artefacts' files, without what lies beside them."""

    def copy(kind):
        path = tmp_path / artefacts[kind].name
        path.write_bytes(artefacts[kind].read_bytes())
        return path

    return copy


@pytest.mark.parametrize("kind", ["tflite", "onnx"])
def test_a_file_alone_has_its_card_inside(alone, kind, card):
    assert read_card(alone(kind)) == card


def test_the_card_beside_comes_first(alone, card):
    path = alone("tflite")
    other = Card("other", ("a", "b", "c"), {})
    other.save(card_path(path))
    assert read_card(path) == other


def test_a_card_is_read_alone(tmp_path, card):
    assert read_card(card.save(tmp_path / "model.card.json")) == card


def test_tflite_labels_are_read_without_kvideo(alone):
    with zipfile.ZipFile(alone("tflite")) as archive:
        assert archive.namelist() == ["labels.txt", "card.json"]
        assert archive.read("labels.txt") == b"left\nright\nstill"


def test_onnx_labels_are_read_without_kvideo(alone):
    session = onnxruntime.InferenceSession(str(alone("onnx")))
    found = session.get_modelmeta().custom_metadata_map
    assert sorted(found) == ["card", "labels"]
    assert found["labels"] == "left\nright\nstill"


def test_the_model_comes_first_and_whole(tmp_path, card):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"a flatbuffer")
    append_to_tflite(path, card)
    assert path.read_bytes().startswith(b"a flatbuffer")
    again = tmp_path / "again.tflite"
    again.write_bytes(b"a flatbuffer")
    append_to_tflite(again, card)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", ["model.tflite", "model.keras"])
def test_a_file_without_a_card(tmp_path, name):
    (tmp_path / name).write_bytes(b"no archive")
    assert read_card(tmp_path / name) is None


def test_an_archive_without_a_card(tmp_path):
    path = tmp_path / "model.tflite"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("labels.txt", "left")
    assert read_card(path) is None
