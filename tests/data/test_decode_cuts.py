"""A frame has one number, however its file was cut or joined.

What a decoder shows of a file, from its start to its end, says what is right.
"""

import av
import numpy as np
import pytest

from kvideo.data import ClipSpec, decode
from kvideo.data.cache import FrameCache
from kvideo.data.decode import damage, pictures
from kvideo.data.spec import read_frames
from tests.support.videos import numbered_frames

NUMBER = 24
PACKET = 188  # bytes, of a transport stream
X264 = {
    "closed": "keyint=8:min-keyint=8:scenecut=0:b-adapt=0",
    "open": "keyint=8:min-keyint=8:scenecut=0:b-adapt=0:open-gop=1",
    "refresh": "keyint=8:bframes=0:intra-refresh=1",
}


def _write(path, kind, codec="libx264rgb"):
    options = {"crf": "0", "bf": "3", "x264-params": X264[kind]}
    options["x264-params"] += ":repeat-headers=1"
    if codec == "mpeg4":
        options = {"g": "8", "bf": "2", "q": "2"}
    # Something that moves, so that pictures are predicted from each other.
    frames = numbered_frames(NUMBER, size=(16, 96))
    for number, frame in enumerate(frames):
        frame[..., 2] = np.roll(np.arange(96) * 2, 5 * number)
    decode.write_video(path, frames, codec=codec, options=options)
    return path


def _shown(path):
    """(stamps, frames, whether damaged) of all that FFmpeg's decoder gives."""
    stamps, frames, damaged = [], [], []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for packet in container.demux(stream):
            try:
                shown = packet.decode()
            except av.FFmpegError:
                continue
            for frame in shown:
                stamps.append(frame.pts)
                frames.append(frame.to_ndarray(format="rgb24"))
                damaged.append(frame.is_corrupt)
        seconds = np.array(stamps, np.float64) * float(stream.time_base)
        return seconds, frames, damaged


def _assert_one_number(path, places):
    seconds, frames, damaged = _shown(path)
    number = len(frames)
    if not number:
        with pytest.raises(decode.VideoDecodeError):
            decode.count_frames(path)
        return 0
    assert decode.count_frames(path) == number
    assert decode.probe(path).num_frames == number
    times = decode.frame_times(path)
    if (np.diff(seconds) > 0).all():
        np.testing.assert_allclose(times, seconds - seconds[0], atol=1e-9)
    assert len(times) == number and (np.diff(times) > 0).all()
    singles = {*(p % number for p in places), number - 1}
    for clip in (range(number), *([place] for place in singles)):
        wanted = [frames[place] for place in clip]
        with damage.collected():
            try:
                read = decode.read_frames(path, clip)
            except decode.VideoDecodeError:
                assert 2 * sum(damaged[place] for place in clip) > len(clip)
            else:
                np.testing.assert_array_equal(read, wanted)
    return number


@pytest.mark.parametrize("head", [True, False], ids=["head", "bare"])
@pytest.mark.parametrize("kind", X264)
def test_a_transport_stream_cut_at_any_packet(tmp_path, kind, head):
    whole = _write(tmp_path / "whole.ts", kind).read_bytes()
    path, numbers = tmp_path / "cut.ts", set()
    for start in range(0, len(whole) // 2, 3 * PACKET):
        path.write_bytes(whole[: 3 * PACKET * head] + whole[start:])
        numbers.add(_assert_one_number(path, (5, 11)))
    assert len(numbers) > 2


def test_a_transport_stream_cut_at_its_end(tmp_path):
    whole = _write(tmp_path / "whole.ts", "closed").read_bytes()
    path = tmp_path / "cut.ts"
    for end in range(len(whole) // 2, len(whole), 333):
        path.write_bytes(whole[:end])
        _assert_one_number(path, (7,))


def _copy(source, path, pieces):
    """Copies packets as `ffmpeg -c copy` does, in pieces of their numbers."""
    with av.open(str(source)) as given, av.open(str(path), "w") as made:
        video = given.streams.video[0]
        packets = [p for p in given.demux(video) if p.size]
        rows = [(p.pts, p.dts) for p in packets]
        stream = made.add_stream_from_template(video)
        step, at = packets[0].duration, 0
        for piece in pieces:
            # Stamps of a packet that is stored twice are set anew.
            shift = at - rows[piece.start][1]
            for packet, (pts, dts) in list(zip(packets, rows, strict=True))[
                piece
            ]:
                packet.stream = stream
                packet.time_base = video.time_base
                packet.pts, packet.dts = pts + shift, dts + shift
                made.mux(packet)
            at += step * (piece.stop - piece.start + 1)
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.ts"])
@pytest.mark.parametrize("kind", X264)
def test_a_copy_from_any_picture_on(tmp_path, kind, name):
    whole = "whole.ts" if name == "a.avi" else "whole.mp4"
    source = _write(tmp_path / whole, kind)
    for start in range(0, NUMBER - 8, 2):
        path = _copy(source, tmp_path / name, [slice(start, NUMBER)])
        number = _assert_one_number(path, (9,))
        if name == "a.avi" and number:
            # How long the last but one is shown, this file does not say.
            even = np.arange(number - 1) / 25
            np.testing.assert_allclose(decode.frame_times(path)[:-1], even)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.ts"])
@pytest.mark.parametrize("codec", ["libx264rgb", "mpeg4"])
def test_joined_copies(tmp_path, codec, name):
    source = _write(tmp_path / "whole.mp4", "closed", codec)
    for end, start in ((6, 3), (12, 13), (9, 0), (24, 5)):
        # The first piece is cut off, the second one lacks its key frame.
        pieces = [slice(0, end), slice(start, NUMBER)]
        path = _copy(source, tmp_path / name, pieces)
        _assert_one_number(path, (end - 1, end, end + 9))


def test_transport_streams_behind_each_other(tmp_path):
    # The clock starts again in the middle.
    whole = _write(tmp_path / "whole.ts", "closed").read_bytes()
    path = tmp_path / "both.ts"
    for start in range(0, len(whole) // 2, 7 * PACKET):
        path.write_bytes(whole + whole[start:])
        assert _assert_one_number(path, (20, 26)) > NUMBER


def test_segments_rates_and_the_cache_count_alike(tmp_path):
    source = _write(tmp_path / "whole.mp4", "closed")
    path = _copy(source, tmp_path / "cut.mkv", [slice(3, NUMBER)])
    _, frames, _ = _shown(path)
    first = int(frames[0][0, 0, 0])
    assert first > 3
    cached = FrameCache(tmp_path / "cache")
    seconds = decode.frame_times(path)
    np.testing.assert_allclose(seconds, np.arange(len(frames)) / 25)
    np.testing.assert_allclose(cached.frame_times(path), seconds)
    for files, near in ((decode, 0), (cached, 2)):
        assert files.count_frames(path) == len(frames) == 24 - first
        for spec, segment, expected in (
            (ClipSpec(), (0.08, 0.32), [2, 7]),
            (ClipSpec(target_fps=12.5), None, [0, 10]),
        ):
            clip = read_frames(
                path, spec, lambda n: np.array([0, 5]), segment, files
            )
            found = clip[:, 0, 0, 0].astype(int) - first
            np.testing.assert_allclose(found, expected, atol=near)


def test_even_files_are_not_decoded_to_be_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "_decoded", None)
    for name in ("a.mp4", "a.mkv"):
        path = _write(tmp_path / name, "closed")
        assert decode.count_frames(path) == NUMBER
        np.testing.assert_array_equal(
            decode.read_frames(path, [20, 9])[:, 0, 0, 0], [20, 9]
        )


def test_what_was_decoded_once_is_remembered(tmp_path, monkeypatch):
    path = _write(tmp_path / "a.ts", "closed")
    assert decode.count_frames(path) == NUMBER
    monkeypatch.setattr(pictures, "_decoded", None)
    assert decode.count_frames(path) == NUMBER
    with pytest.raises(TypeError):
        decode.count_frames(_write(tmp_path / "b.ts", "closed"))


def test_the_memory_of_files_is_bounded(monkeypatch):
    remembered = pictures._Remembered()
    monkeypatch.setattr(pictures, "_MAX_REMEMBERED", 500)
    monkeypatch.setattr(pictures, "_state", lambda path: path)
    shown = pictures.Pictures(
        np.arange(100.0), np.ones(100, bool), 1.0, 1.0, 0.0, True
    )
    for name in "abc":
        remembered.put(name, shown)
    assert [remembered.get(n) is not None for n in "abc"] == [False, True, True]
