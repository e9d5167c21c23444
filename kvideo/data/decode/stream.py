"""A video file opened with PyAV."""

import contextlib
import os

import av

from kvideo.data.decode.errors import VideoDecodeError

# Silent, as PyAV is by default. Any level would send FFmpeg's messages through
# Python, and then a decoder with threads can wait for ever on its own lock.
av.logging.set_level(None)

# Of a picture; 8K has half as many. One damaged byte in a header can ask for
# gigabytes of memory.
MAX_PIXELS = 8192 * 8192


@contextlib.contextmanager
def video_stream(path, threads=1, device=None):
    """Opens a file; turns every failure of FFmpeg into VideoDecodeError.

    `path` may be a binary file object, which is read from its start. With
    `device`, FFmpeg's name of a kind of cameras, it is the name of a camera.
    """
    if not hasattr(path, "read"):
        path = os.fspath(path)
    if device is None:
        check_file(path)
    try:
        with av.open(
            path, format=device, metadata_errors="ignore"
        ) as container:
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
            _configure(path, stream.codec_context, threads)
            yield container, stream
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoDecodeError(path, reason) from error


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
