"""Other decoders give the same frames and the same errors."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from kvideo.data import decode
from kvideo.data.decode import adapters
from tests.support.videos import (
    frame_numbers,
    numbered_frames,
    write_numbered_video,
    write_sound,
)

PLACES = [11, 3, 3, 0]


@pytest.fixture(params=["opencv", "torchcodec"])
def backend(request):
    try:
        adapters.adapter(request.param, __file__)
    except ImportError as error:
        pytest.skip(str(error))
    return request.param


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    return write_numbered_video(folder / "numbered.mp4", 12)


def test_the_same_frames(video, backend):
    frames = decode.read_frames(video, PLACES, backend=backend)
    assert frames.dtype == np.uint8
    assert frame_numbers(frames) == PLACES
    np.testing.assert_array_equal(frames, decode.read_frames(video, PLACES))
    assert decode.count_frames(video, backend=backend) == 12


def test_the_same_frames_of_h264_with_b_frames(tmp_path, backend):
    path = tmp_path / "a.mp4"
    decode.write_video(
        path, numbered_frames(24, size=(32, 32)), options={"g": "8"}
    )
    frames = decode.read_frames(path, [22, 5], backend=backend)
    exact = decode.read_frames(path, [22, 5])
    # Conversions from YUV round differently.
    assert np.abs(frames.astype(int) - exact).max() <= 4


def test_the_same_errors(video, backend, tmp_path):
    empty, broken = tmp_path / "empty.mp4", tmp_path / "broken.mp4"
    empty.touch()
    broken.write_bytes(video.read_bytes()[:400])
    sound = write_sound(tmp_path / "sound.wav")
    for path in (tmp_path / "none.mp4", empty, broken, sound):
        with pytest.raises(decode.VideoDecodeError) as caught:
            decode.read_frames(path, [0], backend=backend)
        assert caught.value.path == str(path)
        with pytest.raises(decode.VideoDecodeError):
            decode.count_frames(path, backend=backend)
    with pytest.raises(decode.VideoTooShortError) as caught:
        decode.read_frames(video, [3, 12], backend=backend)
    assert caught.value.num_frames == 12


def test_opencv_says_which_frame_it_cannot_decode(video, monkeypatch):
    cv2 = pytest.importorskip("cv2")

    broken = SimpleNamespace(
        isOpened=lambda: True,
        grab=lambda: True,
        retrieve=lambda: (False, None),
    )
    monkeypatch.setattr(cv2, "VideoCapture", lambda *arguments: broken)
    with pytest.raises(decode.VideoDecodeError, match="frame 3"):
        decode.read_frames(video, [5, 3], backend="opencv")


def test_unknown_backends_and_file_objects(video):
    with pytest.raises(ValueError, match="pyav, opencv, torchcodec"):
        decode.read_frames(video, [0], backend="decord")
    with (
        video.open("rb") as file,
        pytest.raises(ValueError, match="File objects"),
    ):
        decode.read_frames(file, [0], backend="opencv")


@pytest.mark.parametrize(
    ("backend", "library"),
    [("opencv", "cv2"), ("torchcodec", "torchcodec.decoders")],
)
def test_a_missing_library_names_its_extra(
    video, monkeypatch, backend, library
):
    monkeypatch.setitem(sys.modules, library, None)
    module = f"kvideo.data.decode.with_{backend}"
    monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(ImportError, match=rf"kvideo\[{backend}\]"):
        decode.read_frames(video, [0], backend=backend)
