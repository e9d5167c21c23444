"""Videos in memory read as those on disk."""

import io

import numpy as np
import pytest

from kvideo.data import decode
from tests.support.videos import numbered_frames, write_numbered_video


class Named(io.BytesIO):
    def __str__(self):
        return "shard 3"


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    return write_numbered_video(folder / "numbered.mp4", 5)


def test_a_file_object_reads_as_its_file_and_can_be_read_again(video):
    data = io.BytesIO(video.read_bytes())
    data.seek(7)
    for path in (video, data, data):
        assert decode.count_frames(path) == 5
        frames = decode.read_frames(path, [4, 1])
        assert frames[:, 0, 0, 0].tolist() == [4, 1]
    assert decode.probe(data) == decode.probe(video)
    times = decode.frame_times(video)
    np.testing.assert_array_equal(decode.frame_times(data), times)


@pytest.mark.parametrize(
    "data, reason", [(b"", "0 bytes"), (b"no video", "Invalid data")]
)
def test_errors_call_a_file_object_as_it_calls_itself(data, reason):
    with pytest.raises(decode.VideoDecodeError, match=reason) as caught:
        decode.read_frames(Named(data), [0])
    assert caught.value.path == "shard 3"


@pytest.mark.parametrize(
    "name",
    [
        "12:30.mp4",
        "-a.mp4",
        "50%.mp4",
        "%03d.mp4",
        "file:x.mp4",
        "concat:a|b.mp4",
        "http:x.mp4",
        "data:v1/walk/1.mp4",
        "pipe:0",
        "a?b#c&d.mp4",
        "Straße 1.mp4",
    ],
)
def test_any_name_is_the_name_of_a_file(video, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(video.read_bytes())
    for path in (name, place):
        assert decode.count_frames(path) == 5
        assert decode.read_frames(path, [4])[0, 0, 0, 0] == 4
    written = place.with_name("10:1.mkv")
    decode.write_video(
        written.relative_to(tmp_path), numbered_frames(3), codec="ffv1"
    )
    assert decode.count_frames(written) == 3
    assert not list(tmp_path.rglob(".partial*"))


def test_what_looks_like_an_address_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("http://127.0.0.1:9/a.mp4", "concat:a.mp4|b.mp4"):
        with pytest.raises(decode.VideoDecodeError, match="no such file"):
            decode.count_frames(name)


def test_a_header_cannot_ask_for_all_memory(tmp_path):
    path = tmp_path / "huge.gif"
    decode.write_video(path, numbered_frames(3), codec="gif")
    content = bytearray(path.read_bytes())
    content[6:10] = (60000).to_bytes(2, "little") + b"\x00\x10"
    path.write_bytes(content)
    with pytest.raises(decode.VideoDecodeError, match="4096x60000"):
        decode.read_frames(path, [0])
