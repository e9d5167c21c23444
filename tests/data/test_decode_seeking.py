"""Every wanted frame is the right one, however the file is encoded."""

import itertools

import av
import numpy as np
import pytest

from kvideo.data import decode
from kvideo.data.decode import frames as reading
from kvideo.data.decode import packets, pictures, seeking, stream
from tests.support.videos import numbered_frames

NUMBER = 40
LOSSLESS = {"crf": "0", "preset": "ultrafast"}
X264 = {
    "one key frame": {"g": "250", "bf": "3"},
    "closed groups": {"g": "10", "bf": "3"},
    "open groups": {"g": "10", "bf": "3", "x264-params": "open-gop=1"},
    "pyramid": {"g": "14", "bf": "8", "x264-params": "b-pyramid=strict"},
    "two": {"g": "2", "bf": "3"},
    "key frames only": {"g": "1"},
}


def _write(path, codec, options):
    """Blocks of noise that name the frame, and follow from the one before."""
    noise = np.random.default_rng(0).integers(0, 99, (4, 6), np.uint8)
    frames = numbered_frames(NUMBER, size=(32, 48))
    frames[..., 2] += noise.repeat(8, axis=0).repeat(8, axis=1)
    decode.write_video(path, frames, codec=codec, options=options)
    return frames


def _clips():
    rng = np.random.default_rng(1)
    yield from ([place] for place in range(NUMBER))
    for size in (3, 8):
        yield sorted(rng.choice(NUMBER, size, replace=False).tolist())


@pytest.fixture
def only_seeking(monkeypatch):
    """No way out through decoding all."""
    monkeypatch.setattr(reading, "_count_to", None)
    monkeypatch.setattr(reading, "_NEAR", 0)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("name", X264)
def test_h264_by_seeking_is_lossless(tmp_path, only_seeking, name, suffix):
    path = tmp_path / f"a.{suffix}"
    frames = _write(path, "libx264rgb", LOSSLESS | X264[name])
    for clip in _clips():
        np.testing.assert_array_equal(
            decode.read_frames(path, clip), frames[clip]
        )


@pytest.mark.parametrize(
    ("codec", "options", "suffix"),
    [
        ("ffv1", {"g": "10"}, "mkv"),
        ("mpeg4", {"g": "10", "bf": "2"}, "mp4"),
        ("libvpx", {"g": "10", "auto-alt-ref": "1"}, "webm"),
        ("libvpx-vp9", {"g": "10", "cpu-used": "8"}, "webm"),
        # x265's assembler writes beyond its memory where pictures are smaller
        # than 64x64, and the process aborts later on, anywhere.
        (
            "libx265",
            {
                "x265-params": "keyint=10:log-level=none:pools=none"
                ":frame-threads=1:asm=0"
            },
            "mp4",
        ),
    ],
)
def test_other_codecs_by_seeking(
    tmp_path, only_seeking, codec, options, suffix
):
    path = tmp_path / f"a.{suffix}"
    _write(path, codec, options)
    every = np.stack(list(decode.iterate_frames(path)))
    assert decode.count_frames(path) == len(every) == NUMBER
    for clip in itertools.islice(_clips(), 0, None, 3):
        np.testing.assert_array_equal(
            decode.read_frames(path, clip), every[clip]
        )


def test_intra_refresh_is_decoded_from_the_start_where_needed(tmp_path):
    # Its "key frames" only begin to renew the picture.
    path = tmp_path / "a.mp4"
    refresh = {"g": "10", "x264-params": "intra-refresh=1"}
    frames = _write(path, "libx264rgb", LOSSLESS | refresh)
    for clip in itertools.islice(_clips(), 0, None, 3):
        np.testing.assert_array_equal(
            decode.read_frames(path, clip), frames[clip]
        )


def test_avi_stores_no_times_of_display(tmp_path):
    path = tmp_path / "a.avi"
    frames = _write(path, "libx264rgb", LOSSLESS | X264["closed groups"])
    assert not packets.read_packets(path).sound
    np.testing.assert_array_equal(
        decode.read_frames(path, [31, 17]), frames[[31, 17]]
    )


@pytest.mark.parametrize("hidden", [3, 10, 15])
def test_an_edit_list_hides_frames(tmp_path, only_seeking, hidden):
    path = tmp_path / "a.mp4"
    frames = _write(path, "libx264rgb", LOSSLESS | {"g": "10", "bf": "0"})
    _hide(path, hidden)
    shown = NUMBER - hidden
    assert decode.count_frames(path) == shown
    assert decode.count_frames(path, exact=True) == shown
    assert len(decode.frame_times(path)) == shown
    for clip in ([0], [shown - 1], [2, 11, 20]):
        np.testing.assert_array_equal(
            decode.read_frames(path, clip), frames[hidden:][clip]
        )


def _hide(path, number):
    """Writes into the edit list that the video begins after some frames."""
    content = bytearray(path.read_bytes())
    place = content.index(b"elst") + 16
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        step = int(1 / (video.average_rate * video.time_base))
    content[place : place + 4] = (number * step).to_bytes(4, "big")
    path.write_bytes(content)


def test_a_file_that_cannot_be_searched_is_decoded_from_its_start(tmp_path):
    path = tmp_path / "a.mkv"
    frames = _write(path, "ffv1", {"g": "10"})
    content = path.read_bytes()
    cues = content.rindex(b"\x1c\x53\xbb\x6b")
    path.write_bytes(content[:cues])
    np.testing.assert_array_equal(
        decode.read_frames(path, [38, 12]), frames[[38, 12]]
    )


def test_where_seeking_fails_all_is_decoded(tmp_path, monkeypatch):
    path = tmp_path / "a.mp4"
    frames = _write(path, "libx264rgb", LOSSLESS)
    monkeypatch.setattr(seeking, "find_frames", lambda *args: False)
    np.testing.assert_array_equal(decode.read_frames(path, [39]), frames[[39]])


def test_a_seek_that_leads_too_far_is_noticed(tmp_path, monkeypatch):
    path = tmp_path / "a.mp4"
    _write(path, "libx264rgb", LOSSLESS | X264["closed groups"])
    found = pictures.read_pictures(path)
    monkeypatch.setattr(seeking, "runs", lambda *args: [(5, [38])])
    with stream.video_stream(path) as (container, video):
        wanted = np.array([38])
        assert not seeking.find_frames(
            _Astray(container), video, found, wanted, lambda *args: None
        )


class _Astray:
    """A container in which each seek leads to the last key frame."""

    def __init__(self, container):
        self._container, self.demux = container, container.demux

    def seek(self, stamp, stream):
        self._container.seek(10**9, stream=stream)


def test_runs():
    keys = np.isin(np.arange(60), [0, 10, 20, 30, 50])
    found = pictures.Pictures(np.arange(60.0), keys, 1, 1, 0, True)
    assert seeking.runs([2, 5], found) == [(None, [2, 5])]
    # the key frame at 10 is no shorter way from 5, that at 30 is
    assert seeking.runs([4, 11, 35], found) == [(None, [4, 11]), (30, [35])]
    assert seeking.runs([59], found) == [(50, [59])]


def test_the_packets_of_a_file_that_changed_are_read_again(tmp_path):
    path = tmp_path / "a.mkv"
    decode.write_video(path, numbered_frames(12), codec="ffv1")
    assert decode.count_frames(path) == 12
    decode.write_video(path, numbered_frames(9), codec="ffv1")
    assert decode.count_frames(path) == 9
