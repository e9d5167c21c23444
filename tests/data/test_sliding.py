"""Windows over a video beside the clips of its parts."""

import fractions
import tracemalloc

import av
import numpy as np
import pytest

from kvideo.data import ClipSpec, VideoDecodeError, load_clip, sliding
from kvideo.data.decode import live, write_video
from kvideo.data.sliding import sliding_windows
from tests.support.videos import (
    frame_numbers,
    numbered_frames,
    write_numbered_video,
    write_sound,
)

SPEC = ClipSpec(4, (16, 24))
FPS = 25


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """90 frames, 3.6 seconds."""
    path = tmp_path_factory.mktemp("sliding") / "video.mp4"
    return write_numbered_video(path, 90)


def looped(source, path, times):
    """The packets of a file, again and again; returns the frames."""
    with av.open(str(source)) as read, av.open(str(path), "w") as write:
        stream = read.streams.video[0]
        copy = write.add_stream_from_template(stream)
        packets = [p for p in read.demux(stream) if p.size]
        stored = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in packets]
        length = stream.duration
        for number in range(times):
            for content, pts, dts, key in stored:
                packet = av.Packet(content)
                packet.pts = pts + number * length
                packet.dts = dts + number * length
                packet.is_keyframe = key
                packet.time_base = stream.time_base
                packet.stream = copy
                write.mux(packet)
    return times * len(stored)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sampler": "dense", "frame_stride": 7},
        {"target_fps": 10.0, "sampler": "consecutive"},
        {"frame_size": (8, 8), "resize_to": 10, "num_frames": 2},
    ],
)
@pytest.mark.parametrize(("window", "hop"), [(2.0, 0.5), (0.3, 0.3), (1, 0.7)])
def test_windows_are_the_clips_of_the_parts(video, changes, window, hop):
    spec = ClipSpec(**{"num_frames": 4, "frame_size": (16, 24)} | changes)
    windows = list(sliding_windows(video, spec, window, hop))
    starts = [found.start for found in windows]
    np.testing.assert_allclose(starts, hop * np.arange(len(windows)))
    for found in windows:
        part = (found.start, found.end)
        np.testing.assert_array_equal(
            found.clip, load_clip(video, spec, segment=part)
        )
    # The last one reaches the end, the one before does not.
    assert windows[-1].end == pytest.approx(min(3.6, starts[-1] + window))
    assert windows[-1].end == pytest.approx(3.6, abs=1e-3)
    assert all(found.end < 3.6 for found in windows[:-1])


def test_video_that_is_shorter_than_the_window(video):
    (window,) = sliding_windows(video, SPEC, window=60.0)
    assert (window.start, window.end) == (0.0, pytest.approx(3.6))
    assert frame_numbers(window.clip) == [11, 33, 56, 78]


def test_one_frame(tmp_path):
    path = write_numbered_video(tmp_path / "one.mp4", 1)
    (window,) = sliding_windows(path, SPEC)
    assert frame_numbers(window.clip) == [0] * 4


def test_ten_minutes_in_the_memory_of_a_window(video, tmp_path, monkeypatch):
    path, kept = tmp_path / "long.mp4", []
    total = looped(video, path, 167)
    add = sliding.RecentFrames.add

    def counted(self, *args):
        add(self, *args)
        kept.append(len(self.times))

    monkeypatch.setattr(sliding.RecentFrames, "add", counted)
    # What happens to each frame is tested above.
    frame = np.zeros((16, 24, 3), "float32")
    monkeypatch.setattr(sliding, "prepare_frame", lambda *args: frame)
    number = sum(1 for _ in sliding_windows(path, SPEC, 2.0, 2.0))
    assert (len(kept), total) == (15030, 15030)
    assert number == 301  # of 601.2 seconds
    # Two seconds, and the frame that says that they are over.
    assert max(kept) == 2 * FPS + 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hours_in_the_memory_of_two_minutes(tmp_path):
    """At five frames a second; memory of Python and NumPy."""
    short = tmp_path / "short.mp4"
    options = {"crf": "0", "preset": "ultrafast"}
    frames = numbered_frames(20)
    write_video(short, frames, 5, codec="libx264rgb", options=options)

    def peak(minutes):
        path = tmp_path / f"{minutes}.mp4"
        looped(short, path, 15 * minutes)
        tracemalloc.start()
        number = sum(1 for _ in sliding_windows(path, SPEC))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return number, most

    # Imports would count, and take minutes when they are traced.
    next(sliding_windows(short, SPEC))
    (windows, memory), (more, same) = peak(2), peak(120)
    assert (windows, more) == (237, 14397)
    print(f"Peaks: {memory} bytes of 2 minutes, {same} of 120")
    assert same < 1.2 * memory, (memory, same)


def test_times_that_go_back_go_on_at_the_rate(tmp_path):
    path = tmp_path / "times.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=fractions.Fraction(25))
        stream.height, stream.width, stream.pix_fmt = 16, 16, "bgr0"
        for time in (0, 40, 40, 200):
            array = np.zeros((16, 16, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(array, format="rgb24")
            for packet in stream.encode(frame):
                packet.pts = packet.dts = time
                packet.time_base = fractions.Fraction(1, 1000)
                container.mux(packet)
    found = [seconds for seconds, _ in live.iterate_timed_frames(path)]
    np.testing.assert_allclose(found, [0, 0.04, 0.08, 0.2])


def test_expected_duration(video):
    assert live.expected_duration(video) == pytest.approx(3.6, abs=0.05)


def test_bad_input(video, tmp_path):
    with pytest.raises(VideoDecodeError, match="no such file"):
        next(sliding_windows(tmp_path / "nothing.mp4", SPEC))
    with pytest.raises(VideoDecodeError, match="no video stream"):
        next(sliding_windows(write_sound(tmp_path / "a.wav"), SPEC))
    for window, hop in ((0.0, 0.0), (1.0, 2.0), (1.0, float("nan"))):
        with pytest.raises(ValueError, match="at most a window"):
            next(sliding_windows(video, SPEC, window, hop))
    with pytest.raises(ValueError, match="this network takes flow"):
        next(sliding_windows(video, ClipSpec(modality="flow")))


def test_no_camera(monkeypatch):
    with pytest.raises(VideoDecodeError, match="99"):
        next(live.iterate_camera("99"))
    monkeypatch.setattr(live.sys, "platform", "plan9")
    with pytest.raises(ValueError, match="plan9"):
        next(live.iterate_camera())
