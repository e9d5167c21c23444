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


def test_a_header_cannot_ask_for_all_memory(tmp_path):
    path = tmp_path / "huge.gif"
    decode.write_video(path, numbered_frames(3), codec="gif")
    content = bytearray(path.read_bytes())
    content[6:10] = (60000).to_bytes(2, "little") + b"\x00\x10"
    path.write_bytes(content)
    with pytest.raises(decode.VideoDecodeError, match="4096x60000"):
        decode.read_frames(path, [0])
