import numpy as np
import pytest

from kvideo.data import decode
from tests.support.videos import (
    frame_numbers,
    numbered_frames,
    write_numbered_video,
    write_sound,
)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    return write_numbered_video(folder / "numbered.mp4", 12)


def test_reads_exactly_the_wanted_frames_in_the_wanted_order(video):
    clip = decode.read_frames(video, [7, 2, 2, 11, 0])
    assert clip.dtype == np.uint8
    assert clip.shape == (5, 16, 24, 3)
    assert frame_numbers(clip) == [7, 2, 2, 11, 0]


def test_all_frames_one_by_one(video, tmp_path):
    frames = np.stack(list(decode.iterate_frames(video)))
    np.testing.assert_array_equal(frames, decode.read_frames(video, range(12)))
    with pytest.raises(decode.VideoDecodeError, match="no such file"):
        next(decode.iterate_frames(tmp_path / "nowhere.mp4"))


@pytest.mark.parametrize("name", ["ffv1.mkv", "ffv1.avi"])
def test_round_trip_is_exact(tmp_path, name):
    frames = numbered_frames(5, tag=200)
    decode.write_video(tmp_path / name, frames, codec="ffv1")
    read = decode.read_frames(tmp_path / name, range(5))
    np.testing.assert_array_equal(read, frames)


def test_counts_frames_from_header_packets_and_pictures(video, tmp_path):
    silent = tmp_path / "silent.mkv"  # Matroska headers hold no frame count
    decode.write_video(silent, numbered_frames(6), codec="ffv1")
    assert decode.count_frames(video) == 12
    assert decode.count_frames(silent) == 6
    assert decode.count_frames(silent, exact=True) == 6


def test_equal_frames_give_equal_h264_bytes(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (30, 8, 8, 3), np.uint8)
    frames = frames.repeat(12, axis=1).repeat(12, axis=2)
    path, seen = tmp_path / "a.mp4", set()
    for _ in range(10):
        decode.write_video(path, frames, options={"preset": "veryfast"})
        seen.add(path.read_bytes())
    assert len(seen) == 1
    assert list(tmp_path.iterdir()) == [path]


def _garbage(path):
    path.write_bytes(b"no video at all" * 100)


def _truncated(path):
    write_numbered_video(path, 4)
    path.write_bytes(path.read_bytes()[:400])


def _unknown_codec(path):
    avi = path.with_suffix(".avi")
    decode.write_video(avi, numbered_frames(3), codec="ffv1")
    path.write_bytes(avi.read_bytes().replace(b"FFV1", b"ZZ9Z"))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.touch(), "empty"),
        (lambda path: path.mkdir(), "directory"),
        (write_sound, "no video stream"),
        (_garbage, "Invalid data"),
        (_truncated, "Invalid data"),
        (_unknown_codec, "codec"),
    ],
)
def test_unreadable_files_are_named_with_the_reason(tmp_path, make, reason):
    path = tmp_path / "broken.mp4"
    make(path)
    for read in (decode.count_frames, lambda p: decode.read_frames(p, [0])):
        with pytest.raises(decode.VideoDecodeError, match=reason) as caught:
            read(path)
        assert caught.value.path == str(path)
        assert isinstance(caught.value, ValueError)


def test_a_file_that_ends_early_says_how_long_it_is(video):
    with pytest.raises(decode.VideoTooShortError, match="12 frames") as caught:
        decode.read_frames(video, [3, 12])
    assert caught.value.num_frames == 12


@pytest.mark.parametrize("indices", [[], [-1, 2], [0.5], [[1, 2]]])
def test_bad_indices(video, indices):
    with pytest.raises(ValueError, match="Received: indices="):
        decode.read_frames(video, indices)


def test_bad_frames_and_codecs_leave_no_file(tmp_path):
    path = tmp_path / "out.mp4"
    with pytest.raises(ValueError, match="shape="):
        decode.write_video(path, np.zeros((2, 16, 16), np.uint8))
    with pytest.raises(ValueError, match="dtype=float32"):
        decode.write_video(path, np.zeros((2, 16, 16, 3), np.float32))
    with pytest.raises(ValueError, match="codec=nosuch"):
        decode.write_video(path, numbered_frames(2), codec="nosuch")
    assert not list(tmp_path.iterdir())
