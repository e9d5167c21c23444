"""Files that were cut or changed are named in one sentence."""

import json
import zipfile

import numpy as np
import pytest

from kvideo.damage import reading


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.99])
def test_a_cut_archive(tmp_path, share):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(1000), b=np.arange(1000))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with (
        pytest.raises(ValueError, match=r"a\.npz' is damaged, cut.*Go away\.$"),
        reading(path, "Go away"),
        np.load(path) as stored,
    ):
        stored["b"].sum()


def test_a_byte_of_an_archive_is_another_one(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x" * 100)
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)
    with (
        pytest.raises(ValueError, match="BadZipFile: Bad CRC-32"),
        reading(path, "Go"),
        zipfile.ZipFile(path) as archive,
    ):
        archive.read("a")


def test_a_cut_json_and_a_missing_key(tmp_path):
    for text, said in (('{"a": ', "JSONDecodeError"), ("{}", "KeyError: 'a'")):
        with pytest.raises(ValueError, match=said), reading("x", "Go"):
            json.loads(text)["a"]


def test_a_file_that_is_gone_is_no_damage(tmp_path):
    with pytest.raises(FileNotFoundError), reading("x", "Go"):
        (tmp_path / "none").read_bytes()
