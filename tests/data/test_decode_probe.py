import av
import numpy as np
import pytest

from kvideo.data import decode
from kvideo.data.decode import times
from tests.support.videos import (
    numbered_frames,
    write_numbered_video,
    write_sound,
)

nan = np.nan


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([5, 6, 8], [0, 1, 3]),
        ([0, nan, 3, nan], [0, 1.5, 3, 3.5]),
        ([nan, 1, 2], [0, 0.5, 1.5]),
        ([nan, nan], [0, 0.5]),
        # equal, going back, and starting again from zero
        ([0, 2, 2, 3], [0, 2, 2.5, 3]),
        ([0, 2, 1, 4], [0, 2, 3, 4]),
        ([0, 1, 2, 0, 1], [0, 1, 2, 2.5, 3]),
    ],
)
def test_times_are_repaired(stamps, expected):
    repaired = times.repaired(np.array(stamps, np.float64), fps=2)
    np.testing.assert_allclose(repaired, expected)


def test_variable_rate_is_more_than_rounding():
    rounded = np.array([0, 33, 67, 100, 133]) / 1000
    assert not times.is_variable(rounded, tick=0.001)
    assert times.is_variable(rounded, tick=1e-6) is False
    assert times.is_variable(np.array([0, 0.1, 0.2, 0.4]), tick=0.001)
    assert not times.is_variable(np.array([0, 5.0]), tick=0.001)


def _write_with_gaps(path, stamps):
    """A file whose frames are shown at the given hundredths of a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=100)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for stamp in stamps:
            frame = av.VideoFrame(16, 16, "yuv420p")
            frame.pts = stamp
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_variable_rate_is_read_from_the_stamps(tmp_path):
    stamps = [0, 4, 8, 20, 24, 60]
    path = _write_with_gaps(tmp_path / "a.mp4", stamps)
    seconds = decode.frame_times(path)
    assert seconds.dtype == np.float64
    np.testing.assert_allclose(seconds, np.array(stamps) / 100)
    info = decode.probe(path)
    assert info.variable_rate
    assert info.fps == pytest.approx(5 / 0.6)
    assert info.duration == pytest.approx(6 * 0.6 / 5)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.avi", "libx264"),
        ("a.mkv", "libx264"),
        ("a.mp4", "libx264"),
        ("a.gif", "gif"),
        ("a.webm", "libvpx"),
    ],
)
def test_a_constant_rate_in_any_container(tmp_path, name, codec):
    path = tmp_path / name
    frames = numbered_frames(7, size=(16, 32))
    decode.write_video(path, frames, fps=20, codec=codec)
    seconds = decode.frame_times(path)
    np.testing.assert_allclose(seconds, np.arange(7) / 20, atol=1e-9)
    assert not decode.probe(path).variable_rate


def test_probe(tmp_path):
    path = tmp_path / "a.mkv"
    options = {"g": "5", "sc_threshold": "0"}
    decode.write_video(path, numbered_frames(10), fps=8, options=options)
    assert decode.probe(path) == decode.VideoInfo(
        num_frames=10,
        fps=8.0,
        duration=1.25,
        height=16,
        width=24,
        rotation=0,
        codec="h264",
        pix_fmt="yuv420p",
        key_frame_spacing=5.0,
        variable_rate=False,
        has_audio=False,
        size_bytes=path.stat().st_size,
    )


def test_a_sound_track_is_seen_and_left_alone(tmp_path):
    path = tmp_path / "a.mkv"
    picture = av.VideoFrame(16, 16, "gray")
    sound = av.AudioFrame("s16", "mono", 800)
    sound.rate = 8000
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=10)
        video.width, video.height, video.pix_fmt = 16, 16, "gray"
        audio = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        for _ in range(3):
            container.mux(video.encode(picture))
            container.mux(audio.encode(sound))
    info = decode.probe(path)
    assert info.has_audio
    assert info.num_frames == 3


@pytest.mark.parametrize("read", [decode.probe, decode.frame_times])
def test_what_cannot_be_probed(tmp_path, read):
    video = write_numbered_video(tmp_path / "video.mp4", 4)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(video.read_bytes()[:400])
    for path, reason in [
        (tmp_path / "nowhere.mp4", "no such file"),
        (write_sound(tmp_path / "sound.wav"), "no video stream"),
        (broken, "Invalid data"),
    ]:
        with pytest.raises(decode.VideoDecodeError, match=reason):
            read(path)
