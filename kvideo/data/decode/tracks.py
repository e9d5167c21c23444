"""Which track of a file is its video."""

from av.stream import Disposition

from kvideo.data.decode.errors import VideoDecodeError

# What FFmpeg gives a track for being marked as the default one, in pixels
# (`map_auto_video` in fftools/ffmpeg_mux_init.c).
_DEFAULT = 5_000_000
_STILL = ("bmp", "gif", "jpegxl", "mjpeg", "png", "tiff", "webp")


def video_track(path, container):
    """The video stream of an open file, as FFmpeg's own programs choose it.

    The largest picture wins, and what is marked as the default before all
    others, the first of several. Cover art is no video, whatever its place,
    nor is a lone still picture beside a track of many.

    Raises:
        VideoDecodeError: there is none, or none that can be decoded.
    """
    tracks = [s for s in container.streams.video if not _is_cover(s)]
    if not tracks:
        covers = len(container.streams.video)
        picture = ", only a cover picture" if covers else ""
        raise VideoDecodeError(path, f"it has no video stream{picture}")
    tracks = [s for s in tracks if not _is_still(s)] or tracks
    known = [s for s in tracks if s.codec_context is not None]
    if not known:
        raise VideoDecodeError(
            path,
            "this build of PyAV has no decoder for its video codec; "
            "re-encode it, for example with "
            "`ffmpeg -i IN -c:v libx264 OUT.mp4`",
        )
    return max(known, key=_score)


def _score(stream):
    context = stream.codec_context
    marked = bool(stream.disposition & Disposition.default)
    return context.width * context.height + _DEFAULT * marked


def _is_cover(stream):
    pictures = Disposition.attached_pic | Disposition.timed_thumbnails
    return bool(stream.disposition & pictures)


def _is_still(stream):
    # A cover that was muxed as a track of its own, and not marked as one.
    context = stream.codec_context
    return context is not None and (
        stream.frames == 1 and context.name in _STILL
    )
