"""Of several tracks, which is the video."""

import av
import numpy as np
import pytest
from av.stream import Disposition

from kvideo.data import decode
from kvideo.data.decode.tracks import video_track
from tests.support.videos import write_sound


def _write(path, tracks):
    """Tracks of (codec, side, disposition, frames), muxed in their order."""
    with av.open(str(path), "w") as made:
        streams = []
        for codec, side, disposition, number in tracks:
            stream = made.add_stream(codec, rate=10)
            stream.width = stream.height = side
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.disposition = disposition
            streams.append((stream, side, number))
        for stream, side, number in streams:
            for shade in range(number):
                array = np.full((side, side, 3), 10 * shade, np.uint8)
                frame = av.VideoFrame.from_ndarray(array, format="rgb24")
                made.mux(stream.encode(frame))
            made.mux(stream.encode())
    return path


COVER = ("mjpeg", 32, Disposition.attached_pic, 1)
PLAIN, DEFAULT = Disposition(0), Disposition.default


@pytest.mark.parametrize(
    ("name", "tracks", "side"),
    [
        ("a.mp4", [COVER, ("libx264", 16, DEFAULT, 3)], 16),
        ("a.mp4", [("libx264", 16, DEFAULT, 3), COVER], 16),
        # a cover that nobody marked as one
        ("a.mp4", [("mjpeg", 32, PLAIN, 1), ("libx264", 16, PLAIN, 3)], 16),
        # the larger one, unless another is marked as the default
        ("a.mkv", [("libx264", 16, PLAIN, 3), ("libx264", 32, PLAIN, 3)], 32),
        ("a.mkv", [("libx264", 32, PLAIN, 3), ("libx264", 16, DEFAULT, 3)], 16),
        ("a.mkv", [("libx264", 16, DEFAULT, 3), ("libx264", 32, PLAIN, 3)], 16),
        # the first of equals
        ("a.ts", [("libx264", 16, PLAIN, 3), ("mpeg2video", 16, PLAIN, 2)], 16),
        # nothing but a still picture is a video of one frame
        ("a.mp4", [("mjpeg", 32, PLAIN, 1)], 32),
    ],
)
def test_the_video(tmp_path, name, tracks, side):
    path = _write(tmp_path / name, tracks)
    number = 1 if len(tracks) == 1 else 3
    assert decode.probe(path).width == side
    assert decode.count_frames(path) == number
    assert decode.read_frames(path, [number - 1]).shape == (1, side, side, 3)


def test_a_cover_alone_is_no_video(tmp_path):
    sound = write_sound(tmp_path / "sound.wav")
    path = tmp_path / "song.mp4"
    with av.open(str(sound)) as given, av.open(str(path), "w") as made:
        audio = made.add_stream("aac", rate=8000, layout="mono")
        cover = made.add_stream("mjpeg", rate=10)
        cover.width = cover.height = 32
        cover.pix_fmt, cover.disposition = "yuvj420p", Disposition.attached_pic
        picture = np.zeros((32, 32, 3), np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        made.mux(cover.encode(frame) + cover.encode())
        for samples in given.decode(audio=0):
            made.mux(audio.encode(samples))
        made.mux(audio.encode())
    with pytest.raises(decode.VideoDecodeError, match="only a cover picture"):
        decode.count_frames(path)


class _File:
    """An open file with one track of a codec that this build does not know."""

    def __init__(self):
        self.streams, self.video = self, [self]
        self.codec_context, self.disposition = None, PLAIN


def test_a_track_without_a_decoder_is_named():
    with pytest.raises(decode.VideoDecodeError, match="no decoder"):
        video_track("a.mp4", _File())
