"""Frames into a video file."""

import fractions
import os
import pathlib

import av
import numpy as np

from kvideo.data.decode.stream import local_name


def write_video(
    path, frames, fps=25, codec="libx264", options=None, times=None
):
    """Encodes frames into a video file; the suffix chooses the container.

    The file appears under its name only when it is complete. Equal frames
    give equal bytes.

    Args:
        path: the file to write. Its folder must exist.
        frames: uint8 `(T, H, W, 3)`, RGB. H and W must be even for `yuv420p`.
        fps: frames a second, a positive number.
        codec: an encoder of FFmpeg: `"libx264"` (as `yuv420p`), or the
            lossless `"libx264rgb"` with `{"crf": "0"}` and `"ffv1"`.
            `"gif"` has 256 colours.
        options: encoder options, strings to strings.
        times: seconds of each frame from the first, `(T,)`, rising, for a
            variable rate; the file rounds them to milliseconds, and its
            container must hold them (mp4, mkv). `None`: `fps` apart.
    """
    frames = np.asarray(frames)
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
        raise ValueError(
            "`frames` should be a uint8 array of shape (T, H, W, 3). "
            f"Received: dtype={frames.dtype}, shape={frames.shape}"
        )
    path = pathlib.Path(path)
    partial = path.with_name(f".partial-{path.name}")
    try:
        _encode(partial, frames, fps, codec, options or {}, times)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


# Without it x264 gives other bytes from run to run at most of its presets.
_SAME_BYTES = {"x264-params": "cpu-independent=1"}
_MILLISECOND = fractions.Fraction(1, 1000)
_PIXEL_FORMATS = {
    "libx264rgb": "rgb24",
    "ffv1": "bgr0",
    "gif": "rgb8",
    "mjpeg": "yuvj420p",
}


def _encode(path, frames, fps, codec, options, times):
    fixed = _SAME_BYTES if codec.startswith("libx264") else {}
    with av.open(local_name(path), "w") as container:
        try:
            stream = container.add_stream(
                codec,
                rate=fractions.Fraction(fps).limit_denominator(1001),
                options=fixed | dict(options),
            )
        except av.codec.codec.UnknownCodecError as error:
            raise ValueError(
                "This build of PyAV has no such encoder; its wheels from PyPI "
                f"bring libx264, libx264rgb and ffv1. Received: codec={codec}"
            ) from error
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = _PIXEL_FORMATS.get(codec, "yuv420p")
        stream.thread_count = 1
        if times is not None:
            stream.codec_context.time_base = _MILLISECOND
        for number, array in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(array, format="rgb24")
            if times is not None:
                frame.pts = round(1000 * times[number])
                frame.time_base = _MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
