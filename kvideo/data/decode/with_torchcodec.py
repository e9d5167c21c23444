"""torchcodec's decoder. It needs the libraries of FFmpeg on the machine."""

from kvideo.data.decode.adapters import unavailable
from kvideo.data.decode.errors import VideoDecodeError, VideoTooShortError
from kvideo.data.decode.stream import local_name

try:
    from torchcodec.decoders import VideoDecoder
except (ImportError, OSError, RuntimeError) as error:
    # It loads FFmpeg when it is imported; the last line says what failed.
    reason = str(error).strip().splitlines()[0]
    raise unavailable("torchcodec", reason) from error


def count_frames(path):
    """Frames by the packets, which torchcodec scans when it opens a file."""
    number = len(_open(path))
    if not number:
        raise VideoDecodeError(path, "it holds no frame")
    return number


def read_frames(path, indices, threads=1):
    """As `kvideo.data.decode.read_frames`. It turns frames upright itself."""
    video = _open(path, threads)
    if max(indices) >= len(video):
        raise VideoTooShortError(path, len(video), int(max(indices)))
    try:
        return video.get_frames_at([int(i) for i in indices]).data.numpy()
    except (RuntimeError, IndexError) as error:
        raise VideoDecodeError(path, _first_line(error)) from error


def _open(path, threads=1):
    try:
        return VideoDecoder(
            local_name(path),
            dimension_order="NHWC",
            num_ffmpeg_threads=threads,
            seek_mode="exact",
        )
    except (RuntimeError, ValueError) as error:
        raise VideoDecodeError(path, _first_line(error)) from error


def _first_line(error):
    return str(error).strip().splitlines()[0].rstrip(".")
