"""Files that are shorter than their headers promise."""

import io

import av
import numpy as np
import pytest

from kvideo.data import decode
from kvideo.data.decode import promise
from kvideo.data.doctor.examine import examine
from tests.support.videos import numbered_frames


def _write(path, frames, codec="libx264", **options):
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt, stream.thread_count = "yuv420p", 1
        for array in frames:
            frame = av.VideoFrame.from_ndarray(array, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("index_first.mp4", "libx264"),
        ("x.mkv", "libx264"),
        ("x.avi", "mpeg4"),
        ("x.ts", "libx264"),
    ],
)
def test_half_a_file(tmp_path, name, codec):
    noise = np.random.default_rng(0).integers(0, 255, (40, 32, 32, 3))
    path, cut = tmp_path / name, tmp_path / f"cut-{name}"
    options = {"movflags": "faststart"} if name.endswith("mp4") else {}
    _write(path, noise.astype(np.uint8), codec, **options)
    assert decode.probe(path).missing == 0
    data = path.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    found = decode.probe(cut)
    # A transport stream promises nothing.
    expected = 0 if name.endswith("ts") else 1 - found.num_frames / 40
    assert found.num_frames < 30
    assert found.missing == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("start", [3, 17])
def test_what_an_edit_list_cuts_off_is_not_missing(tmp_path, start):
    path = tmp_path / "a.mp4"
    options = {"g": "6", "bf": "0", "sc_threshold": "0"}
    decode.write_video(path, numbered_frames(30), options=options)
    content = bytearray(path.read_bytes())
    place = content.index(b"elst") + 12
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        step = int(1 / (video.average_rate * video.time_base))
    # Shown for 8 frames (of 40 ms), from that one on.
    content[place : place + 4] = (8 * 40).to_bytes(4, "big")
    content[place + 4 : place + 8] = (start * step).to_bytes(4, "big")
    path.write_bytes(content)
    info = decode.probe(path)
    assert info.missing == 0
    assert info.num_frames == 8
    # What is stored is still missed where it is gone.
    assert examine(str(path), deep=True).kind is None
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(decode.VideoDecodeError):
        decode.probe(path)


def test_a_last_picture_that_stays_is_not_missing(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = 16, 24, "bgr0"
        for number, array in enumerate(numbered_frames(6)):
            frame = av.VideoFrame.from_ndarray(array, format="rgb24")
            frame.pts = number
            [packet] = stream.encode(frame)
            packet.duration = 100 if number == 5 else 1
            container.mux(packet)
    with av.open(str(path)) as container:
        assert container.duration > 4 * av.time_base
    content = path.read_bytes()
    later = content.replace(b"00:00:04", b"00:00:09")
    assert later != content
    path.write_bytes(later)
    assert decode.probe(path).missing == 0
    assert decode.probe(io.BytesIO(later)).missing == 0
    path.write_bytes(later[:-1])
    assert decode.probe(path).missing > 0.4


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x81", (1, 1)),
        (b"\x40\x02", (2, 2)),
        (b"\x01" + bytes(6) + b"\x09", (8, 9)),
        # unknown, and no number at all
        (b"\xff", (1, None)),
        (b"\x01" + b"\xff" * 7, (8, None)),
        (b"\x00", (0, None)),
        (b"", (0, None)),
    ],
)
def test_sizes_of_matroska(content, expected):
    assert promise._number(content, 0) == expected


def _is_sound(path):
    try:
        return decode.check_frames(path) == (decode.count_frames(path), 0)
    except decode.VideoDecodeError:
        return False


def test_check_frames_sees_damage_inside(tmp_path):
    rng = np.random.default_rng(0)
    picture = (
        rng.integers(0, 255, (8, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    )
    frames = np.stack([np.roll(picture, 3 * n, 1) for n in range(30)])
    path = tmp_path / "x.mp4"
    decode.write_video(path, frames)
    assert decode.check_frames(path) == (30, 0)
    data, seen = path.read_bytes(), 0
    for _ in range(6):
        damaged = bytearray(data)
        for place in rng.integers(len(data) // 5, len(data) // 2, 3):
            damaged[place] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        seen += not _is_sound(path)
    assert seen >= 5


def test_check_frames_passes_over_what_cannot_be_decoded(tmp_path):
    path = tmp_path / "x.mp4"
    frames = numbered_frames(30)
    _write(path, frames, movflags="faststart")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 100])
    frames, damaged = decode.check_frames(path)
    assert 20 < frames < 30
    assert damaged > 0
