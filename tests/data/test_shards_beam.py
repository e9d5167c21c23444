"""Apache Beam writes the same shards as threads do."""

import builtins

import pytest

from kvideo.data.shards import beam
from kvideo.data.shards.manifest import open_shards
from kvideo.data.shards.write import write_shards
from tests.support.videos import write_folder


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = write_folder(tmp_path_factory.mktemp("videos"), frames=3)
    (folder / "run" / "0.mp4").write_bytes(b"no video")
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("encode", ["jpeg", "video"])
def test_equal_byte_for_byte_also_after_an_interruption(
    videos, tmp_path, encode
):
    pytest.importorskip("apache_beam", reason="needs `kvideo[beam]`")
    settings = {"encode": encode, "videos_per_shard": 2}
    one, other = tmp_path / "threads", tmp_path / "beam"
    expected = write_shards(videos, one, **settings)
    options = ["--runner=DirectRunner", "--direct_num_workers=1"]
    found = beam.write_shards_with_beam(
        videos, other, options=options, **settings
    )
    assert found == expected
    assert len(found["broken"]) == 1
    assert contents(other) == contents(one)
    (other / "manifest.json").unlink()
    (other / "shard-00001-of-00003.tfrecord").unlink()
    with pytest.raises(ValueError, match="shard-00001-of-00003"):
        open_shards(other)
    beam.write_shards_with_beam(videos, other, options=options, **settings)
    assert contents(other) == contents(one)


def test_without_beam_the_error_names_the_extra(videos, tmp_path, monkeypatch):
    real = builtins.__import__

    def absent(name, *arguments):
        if name.startswith("apache_beam"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ImportError, match=r"kvideo\[beam\]"):
        beam.write_shards_with_beam(videos, tmp_path / "to")
    assert not (tmp_path / "to").exists()
