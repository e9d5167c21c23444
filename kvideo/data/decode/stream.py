"""A video file opened with PyAV."""

import contextlib
import os

import av

from kvideo.data.decode.errors import VideoDecodeError
from kvideo.data.decode.tracks import video_track

# Silent, as PyAV is by default. Any level would send FFmpeg's messages through
# Python, and then a decoder with threads can wait for ever on its own lock.
av.logging.set_level(None)

# Of a picture; 8K has half as many. One damaged byte in a header can ask for
# gigabytes of memory.
MAX_PIXELS = 8192 * 8192


@contextlib.contextmanager
def video_stream(path, threads=1, device=None, options=None):
    """Opens a file; turns every failure of FFmpeg into VideoDecodeError.

    `path` may be a binary file object, which is read from its start. With
    `device`, FFmpeg's name of a kind of cameras, it is the name of a camera.
    `options` are those of the container, strings to strings.
    """
    name = path
    if device is None:
        check_file(path)
        name = local_name(path)
    try:
        with av.open(
            name,
            format=device,
            metadata_errors="ignore",
            options=options or {},
        ) as container:
            stream = video_track(path, container)
            _configure(path, stream.codec_context, threads)
            yield container, stream
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoDecodeError(path, reason) from error


def local_name(path):
    """A file as FFmpeg takes it for one, whatever it is called.

    To FFmpeg, `12:30.mp4` is a protocol called `12`; a whole path is none.
    """
    return path if hasattr(path, "read") else os.path.abspath(path)


def _configure(path, context, threads):
    height, width = context.height, context.width
    if height * width > MAX_PIXELS:
        raise VideoDecodeError(
            path,
            f"its header promises pictures of {height}x{width}, more than "
            f"{MAX_PIXELS} pixels",
        )
    # For pictures that are larger than the header says.
    context.options = {"max_pixels": str(MAX_PIXELS)}
    # PyAV's default is a thread for each slice; most pictures have one. But of
    # damaged H.265, threads for frames can wait for each other for ever
    # (FFmpeg 8.1; benchmarks/fuzz.py found it).
    context.thread_type = "SLICE" if context.name == "hevc" else "AUTO"
    context.thread_count = threads


def check_file(path):
    """Raises VideoDecodeError for no file, and for an empty one."""
    if not hasattr(path, "read") and not os.path.exists(path):
        raise VideoDecodeError(path, "there is no such file")
    if size_of(path) == 0:
        raise VideoDecodeError(path, "the file is empty (0 bytes)")


def size_of(path):
    """Bytes in a file; a file object is left at its start."""
    if not hasattr(path, "read"):
        return os.path.getsize(path)
    path.seek(0, os.SEEK_END)
    size = path.tell()
    path.seek(0)
    return size
