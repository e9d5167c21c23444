"""Video files to frames and back: the only file that imports PyAV.

Frames are uint8 RGB arrays of shape `(n, H, W, 3)`. A file that cannot be read
raises `VideoDecodeError`, which names the file and the reason.
"""

import contextlib
import fractions
import os
import pathlib

import av
import numpy as np

av.logging.set_level(av.logging.PANIC)


class VideoDecodeError(ValueError):
    """A video file that cannot be read. `path` and `reason` are attributes."""

    def __init__(self, path, reason):
        self.path, self.reason = str(path), reason
        super().__init__(f"Cannot decode {path}: {reason}.")


class VideoTooShortError(VideoDecodeError):
    """A file that ends before a wanted frame. `num_frames` is its length."""

    def __init__(self, path, num_frames, wanted):
        self.num_frames = num_frames
        super().__init__(
            path,
            f"frame {wanted} was wanted, but the file ends after "
            f"{num_frames} frames",
        )


def count_frames(path, exact=False):
    """Number of frames in a video file.

    Args:
        path: the file.
        exact: `False` believes the header and, where that is silent, counts
            the packets; `True` decodes the whole file.

    Returns:
        A positive integer.
    """
    with _video_stream(path) as (container, stream):
        number = 0 if exact else stream.frames
        if not number and not exact:
            number = sum(p.size > 0 for p in container.demux(stream))
        if exact:
            number = sum(1 for _ in container.decode(stream))
    if number < 1:
        raise VideoDecodeError(path, "it holds no frame")
    return number


def read_frames(path, indices, threads=1):
    """Exactly the wanted frames of a video file, upright.

    The file is decoded once, from its start to the last wanted frame: a seek
    is faster only where key frames are dense, and exact only where time stamps
    are sound. Only the wanted frames are converted and kept.

    Args:
        path: the file.
        indices: integers from 0, in any order, repeats allowed.
        threads: decoder threads. 1 suits many files read in parallel.

    Returns:
        uint8 array `(len(indices), H, W, 3)`.

    Raises:
        VideoTooShortError: the file ends before the last index.
        VideoDecodeError: the file cannot be read.
    """
    indices = _checked(indices)
    wanted, places = np.unique(indices, return_inverse=True)
    frames, seen = [], 0
    with _video_stream(path, threads) as (container, stream):
        for frame in container.decode(stream):
            if seen == wanted[len(frames)]:
                frames.append(_upright(frame))
            seen += 1
            if len(frames) == len(wanted):
                break
    if len(frames) < len(wanted):
        raise VideoTooShortError(path, seen, int(wanted[-1]))
    return _stacked(path, frames)[places]


def iterate_frames(path):
    """Yields all frames of a video file, upright, as uint8 `(H, W, 3)`.

    Raises:
        VideoDecodeError: the file cannot be read.
    """
    with _video_stream(path) as (container, stream):
        for frame in container.decode(stream):
            yield _upright(frame)


def write_video(path, frames, fps=25, codec="libx264", options=None):
    """Encodes frames into a video file; the suffix chooses the container.

    The file appears under its name only when it is complete. Equal frames
    give equal bytes.

    Args:
        path: the file to write. Its folder must exist.
        frames: uint8 `(T, H, W, 3)`, RGB. H and W must be even for `yuv420p`.
        fps: frames a second, a positive number.
        codec: an encoder of FFmpeg: `"libx264"` (as `yuv420p`), or the
            lossless `"libx264rgb"` with `{"crf": "0"}` and `"ffv1"`.
        options: encoder options, strings to strings.
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
        _encode(partial, frames, fps, codec, options or {})
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


# Without it x264 gives other bytes from run to run at most of its presets.
_SAME_BYTES = {"x264-params": "cpu-independent=1"}
_PIXEL_FORMATS = {"libx264rgb": "rgb24", "ffv1": "bgr0"}


def _encode(path, frames, fps, codec, options):
    fixed = _SAME_BYTES if codec.startswith("libx264") else {}
    with av.open(str(path), "w") as container:
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
        for array in frames:
            frame = av.VideoFrame.from_ndarray(array, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@contextlib.contextmanager
def _video_stream(path, threads=1):
    """Opens a file; turns every failure of FFmpeg into VideoDecodeError."""
    path = os.fspath(path)
    if not os.path.exists(path):
        raise VideoDecodeError(path, "there is no such file")
    if os.path.getsize(path) == 0:
        raise VideoDecodeError(path, "the file is empty (0 bytes)")
    try:
        with av.open(path, metadata_errors="ignore") as container:
            if not container.streams.video:
                raise VideoDecodeError(path, "it has no video stream")
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise VideoDecodeError(
                    path,
                    "this build of PyAV has no decoder for its video codec; "
                    "re-encode it, for example with "
                    "`ffmpeg -i IN -c:v libx264 OUT.mp4`",
                )
            stream.codec_context.thread_count = threads
            yield container, stream
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoDecodeError(path, reason) from error


def _upright(frame):
    array = frame.to_ndarray(format="rgb24")
    # FFmpeg gives the anticlockwise turn that shows the picture upright.
    return np.rot90(array, frame.rotation // 90) if frame.rotation else array


def _stacked(path, frames):
    shapes = {frame.shape for frame in frames}
    if len(shapes) > 1:
        sizes = sorted(shape[:2] for shape in shapes)
        raise VideoDecodeError(path, f"its frames change size: {sizes}")
    return np.stack(frames)


def _checked(indices):
    indices = np.asarray(indices)
    if indices.ndim != 1 or not len(indices) or indices.dtype.kind not in "iu":
        raise ValueError(
            "`indices` should be a non-empty list of integers. "
            f"Received: indices={indices!r}"
        )
    if indices.min() < 0:
        raise ValueError(
            "`indices` count from 0 and cannot be negative. "
            f"Received: indices={indices!r}"
        )
    return indices
