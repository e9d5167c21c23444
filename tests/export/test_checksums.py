import hashlib

import pytest

from kvideo.export import Card, card_path, check_files, file_checksums
from kvideo.export.checksums import sealed


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def card():
    return Card("tiny", ("a", "b"), {})


def test_a_file_has_its_name(tmp_path):
    (tmp_path / "model.tflite").write_bytes(b"abc")
    found = file_checksums(tmp_path / "model.tflite")
    # The SHA-256 of "abc", from the standard (FIPS 180-4).
    assert found == {
        "model.tflite": "ba7816bf8f01cfea414140de5dae2223"
        "b00361a396177a9cb410ff61f20015ad"
    }


def test_the_files_of_a_directory_have_paths_and_no_card(tmp_path, card):
    (tmp_path / "variables").mkdir()
    (tmp_path / "variables" / "index").write_bytes(b"i")
    (tmp_path / "saved_model.pb").write_bytes(b"p")
    card.save(card_path(tmp_path))
    assert file_checksums(tmp_path) == {
        "saved_model.pb": sha256(b"p"),
        "variables/index": sha256(b"i"),
    }


def test_forms_that_share_a_card_keep_their_checksums(tmp_path, card):
    for name in ("model.tflite", "model.onnx", "model.keras"):
        path = tmp_path / name
        path.write_bytes(name.encode())
        sealed(card, path, path).save(card_path(path))
    (tmp_path / "model.keras").unlink()
    found = sealed(card, tmp_path / "model.onnx", tmp_path / "model.onnx")
    assert found.checksums == {
        name: sha256(name.encode()) for name in ("model.tflite", "model.onnx")
    }


def test_a_file_that_changed_is_named(tmp_path, card):
    (tmp_path / "model.tflite").write_bytes(b"whole")
    (tmp_path / "model.onnx").write_bytes(b"other")
    path = tmp_path / "model.tflite"
    card = sealed(card, path, path)
    check_files(path, card)
    path.write_bytes(b"hol")
    with pytest.raises(ValueError, match=r"damaged.* of model\.tflite"):
        check_files(path, card)
    # The card says nothing of the other file.
    check_files(tmp_path / "model.onnx", card)


def test_a_file_that_is_gone_is_named(tmp_path, card):
    (tmp_path / "saved_model.pb").write_bytes(b"p")
    (tmp_path / "fingerprint.pb").write_bytes(b"f")
    card = sealed(card, tmp_path, tmp_path)
    (tmp_path / "fingerprint.pb").unlink()
    with pytest.raises(ValueError, match=r"of fingerprint\.pb the"):
        check_files(tmp_path, card)
