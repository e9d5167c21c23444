"""Whatever a file stores, frames are uint8 RGB from 0 to 255."""

import av
import numpy as np
import pytest

from kvideo.data import decode
from tests.support.videos import numbered_frames

COLOURS = {
    "red": (200, 30, 60),
    "green": (20, 180, 90),
    "gray": (128, 128, 128),
    "white": (255, 255, 255),
}
LIMITED, FULL = 1, 2  # AVColorRange
BT709, BT601 = 1, 5  # AVColorSpace
LOSSLESS = {"crf": "0", "preset": "ultrafast"}


def _quarters(height, width):
    """A picture of four colours, uint8 `(H, W, 3)`."""
    rows = np.arange(height)[:, None] * 2 // height
    columns = np.arange(width) * 2 // width
    return np.array([*COLOURS.values()], np.uint8)[2 * rows + columns]


def _write(path, codec, pix_fmt, size=(32, 32), colours=None, options=None):
    """One picture, converted by PyAV with the range and matrix given."""
    colour_range, matrix = colours or (None, None)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.height, stream.width = size
        stream.pix_fmt = pix_fmt
        frame = av.VideoFrame.from_ndarray(_quarters(*size), format="rgb24")
        frame = av.video.reformatter.VideoReformatter().reformat(
            frame,
            format=pix_fmt,
            dst_color_range=colour_range,
            dst_colorspace=matrix,
        )
        if colours:
            frame.color_range, frame.colorspace = colours
            stream.codec_context.color_range = colour_range
            stream.codec_context.colorspace = matrix
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _assert_quarters(frame, tolerance):
    height, width = frame.shape[:2]
    for number, colour in enumerate(COLOURS.values()):
        row = height // 4 + (number // 2) * height // 2
        column = width // 4 + (number % 2) * width // 2
        difference = frame[row, column].astype(int) - colour
        assert np.abs(difference).max() <= tolerance, (number, frame[row])


@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
@pytest.mark.parametrize("matrix", [BT709, BT601])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
def test_range_matrix_and_depth(tmp_path, colour_range, matrix, pix_fmt):
    # A wrong range is an error of 16 or more, a wrong matrix one of 10.
    path = _write(
        tmp_path / "a.mp4",
        "libx264",
        pix_fmt,
        colours=(colour_range, matrix),
        options=LOSSLESS,
    )
    frames = decode.read_frames(path, [0])
    assert frames.dtype == np.uint8
    _assert_quarters(frames[0], tolerance=4)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("a.mkv", "ffv1", "bgra"),
        ("a.mkv", "ffv1", "gbrp12le"),
        ("a.mkv", "ffv1", "yuva420p"),
        ("a.mov", "png", "rgba"),
        ("a.avi", "mjpeg", "yuvj422p"),
    ],
)
def test_alpha_deep_and_jpeg(tmp_path, name, codec, pix_fmt):
    path = _write(tmp_path / name, codec, pix_fmt)
    assert decode.probe(path).pix_fmt == pix_fmt
    _assert_quarters(decode.read_frames(path, [0])[0], tolerance=4)


@pytest.mark.parametrize("pix_fmt", ["gray", "gray16le"])
def test_gray_has_three_equal_channels(tmp_path, pix_fmt):
    path = _write(tmp_path / "a.mkv", "ffv1", pix_fmt)
    frame = decode.read_frames(path, [0])[0]
    assert frame.shape == (32, 32, 3)
    np.testing.assert_array_equal(frame, frame[..., :1].repeat(3, axis=-1))
    luma = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in COLOURS.values()]
    seen = frame[[8, 8, 24, 24], [8, 24, 8, 24], 0]
    np.testing.assert_allclose(seen, luma, atol=2)


@pytest.mark.parametrize("codec", ["ffv1", "libvpx-vp9"])
def test_odd_sizes(tmp_path, codec):
    path = _write(tmp_path / "a.mkv", codec, "yuv420p", size=(31, 27))
    info = decode.probe(path)
    assert (info.height, info.width) == (31, 27)
    frame = decode.read_frames(path, [0])[0]
    assert frame.shape == (31, 27, 3)
    _assert_quarters(frame, tolerance=8)


def test_a_gif_of_eight_bits(tmp_path):
    # rgb8 has 3, 3 and 2 bits; its white is right.
    path = _write(tmp_path / "a.gif", "gif", "rgb8")
    frame = decode.read_frames(path, [0])[0]
    assert frame.shape == (32, 32, 3)
    assert frame[24, 24].min() > 240
    assert frame[8, 8].argmax() == 0


def test_a_change_of_size_is_named(tmp_path):
    small, large = tmp_path / "small.ts", tmp_path / "large.ts"
    _write(small, "libx264", "yuv420p", size=(32, 32))
    _write(large, "libx264", "yuv420p", size=(48, 64))
    path = tmp_path / "both.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    assert decode.count_frames(path, exact=True) == 2
    with pytest.raises(decode.VideoDecodeError, match="change size"):
        decode.read_frames(path, [0, 1])


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_rate_is_written(tmp_path, suffix):
    times = np.cumsum([0, 0.02, 0.1, 0.033, 0.25, 0.041])
    frames = numbered_frames(6)
    path = tmp_path / f"a{suffix}"
    options = {"crf": "0", "preset": "ultrafast"}
    decode.write_video(
        path, frames, codec="libx264rgb", options=options, times=times
    )
    np.testing.assert_allclose(decode.frame_times(path), times, atol=1e-3)
    np.testing.assert_array_equal(decode.read_frames(path, range(6)), frames)
    assert decode.probe(path).variable_rate
