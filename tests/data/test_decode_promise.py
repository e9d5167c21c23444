"""Files that are shorter than their headers promise."""

import av
import numpy as np
import pytest

from kvideo.data import decode
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
