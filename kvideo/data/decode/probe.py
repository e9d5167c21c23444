"""What is known of a video file without decoding it all."""

import dataclasses

from kvideo.data.decode import adapters, orientation, times
from kvideo.data.decode.decoding import Decoding
from kvideo.data.decode.errors import VideoDecodeError
from kvideo.data.decode.pictures import read_pictures
from kvideo.data.decode.stream import size_of, video_stream


@dataclasses.dataclass(frozen=True)
class VideoInfo:
    """The properties of a video file.

    Attributes:
        num_frames: pictures that it shows.
        fps: frames a second, the average over the file.
        duration: seconds, `num_frames / fps`.
        height, width: pixels of a frame as `read_frames` gives it, upright.
        rotation: degrees clockwise, 0, 90, 180 or 270, by which the stored
            pictures are turned.
        mirrored: whether left and right are exchanged after that.
        codec: FFmpeg's name of the codec.
        pix_fmt: FFmpeg's name of the format of the stored pictures.
        key_frame_spacing: frames for each key frame, on average.
        variable_rate: whether the steps between frames differ by more than a
            tenth (and more than the file rounds them).
        has_audio: whether there is a sound track.
        size_bytes: of the file.
        missing: share of what the header promises that the file does not
            hold, in [0, 1], because it was cut off.
    """

    num_frames: int
    fps: float
    duration: float
    height: int
    width: int
    rotation: int
    codec: str
    pix_fmt: str
    key_frame_spacing: float
    variable_rate: bool
    has_audio: bool
    size_bytes: int
    missing: float = 0.0
    mirrored: bool = False


def probe(path):
    """The `VideoInfo` of a file: one picture is decoded, the rest is read.

    Raises:
        VideoDecodeError: the file cannot be read, or holds no picture.
    """
    with video_stream(path) as (container, stream):
        frame = next(iter(Decoding(container, stream)), None)
        codec = stream.codec_context.codec.canonical_name
        has_audio = bool(container.streams.audio)
    if frame is None:
        raise VideoDecodeError(path, "it holds no frame")
    pictures = read_pictures(path)
    seconds = _times(pictures)
    number = len(pictures)
    fps = (number - 1) / seconds[-1] if number > 1 else pictures.rate
    shown = orientation.of(frame)
    height, width = shown.size(frame.height, frame.width)
    return VideoInfo(
        num_frames=number,
        fps=float(fps),
        duration=float(number / fps),
        height=height,
        width=width,
        rotation=90 * shown.turns,
        mirrored=shown.mirrored,
        codec=codec,
        pix_fmt=frame.format.name,
        key_frame_spacing=number / max(1, int(pictures.keys.sum())),
        variable_rate=times.is_variable(seconds, pictures.tick),
        has_audio=has_audio,
        size_bytes=size_of(path),
        missing=pictures.missing,
    )


def frame_times(path):
    """When each frame of a file is shown.

    Mostly read from the packets, without decoding (see `pictures`). Files
    break the rules for time stamps in many ways, so: a stamp that is missing,
    or not above all before it, is replaced. It is put evenly between its good
    neighbours or, at the ends, at the average rate in the header (25 if there
    is none).

    Args:
        path: the file.

    Returns:
        float64 array `(num_frames,)`: seconds after the first frame, in the
        order of display, strictly increasing.

    Raises:
        VideoDecodeError: the file cannot be read, or holds no picture.
    """
    return _times(read_pictures(path))


def count_frames(path, exact=False, backend="pyav"):
    """Number of frames in a video file.

    Args:
        path: the file.
        exact: `False` believes what is stored, where nothing speaks against
            it; `True` decodes all, and so finds damage in the middle.
        backend: as for `read_frames`; `exact` is for `"pyav"`.

    Returns:
        A positive integer.

    Raises:
        VideoDecodeError: the file cannot be read, or holds no picture.
    """
    if backend != "pyav":
        return adapters.adapter(backend, path).count_frames(path)
    if not exact:
        return len(read_pictures(path))
    number, _ = check_frames(path)
    if number < 1:
        raise VideoDecodeError(path, "it holds no frame")
    return number


def check_frames(path):
    """Decodes a file to its end, without keeping anything.

    Returns:
        (frames that the decoder shows, pictures that are damaged: frames that
        the decoder calls so, and packets that it cannot decode. Those before
        the first whole frame are not counted: a file that begins inside a
        group of pictures lost what they need).

    Raises:
        VideoDecodeError: no frame can be decoded.
    """
    whole = damaged = 0
    with video_stream(path) as (container, stream):
        frames = Decoding(container, stream)
        for frame in frames:
            whole += not frame.is_corrupt
            damaged += frame.is_corrupt and whole > 0
    return frames.shown, damaged + frames.lost


def _times(pictures):
    return times.repaired(pictures.stamps * pictures.tick, pictures.rate)
