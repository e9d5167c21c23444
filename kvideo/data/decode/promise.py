"""What the header of a file promises, to tell that its end was cut off."""

import contextlib

import av

from kvideo.data.decode.stream import size_of, video_stream

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def missing(path, container, stream, pictures, seconds):
    """The share of its promise, in [0, 1], that a file does not hold.

    mp4, mov and AVI say how many pictures there are. Matroska says how many
    bytes there are, and when a track ends. Other containers promise nothing:
    what FFmpeg calls their duration is an estimate from what is there.

    Args:
        path: the file.
        container, stream: the file, open.
        pictures: how many it was seen to hold.
        seconds: when the last of them ends.
    """
    if container.format.name.startswith("matroska"):
        whole = _holds_its_segment(path)
        promised, found = 0 if whole else _end(container, stream), seconds
    else:
        promised, found = stream.frames, pictures
        if found < promised and container.format.name.startswith("mov"):
            found = _beside_edits(path)
    return max(0.0, 1 - float(found) / promised) if promised else 0.0


def _beside_edits(path):
    """The pictures that are there, those that an edit list cuts off too."""
    options = {"ignore_editlist": "1"}
    with video_stream(path, options=options) as (container, stream):
        return sum(packet.size > 0 for packet in container.demux(stream))


def _holds_its_segment(path):
    """Whether a Matroska file has all bytes that its header speaks of.

    Its times cannot tell: a picture may stay for long, and tracks of text may
    end after all pictures.
    """
    with _opened(path) as file:
        head = file.read(4096)
    if not head.startswith(_EBML):
        return False
    start, size = _number(head, len(_EBML))
    start += size or 0
    if head[start : start + len(_SEGMENT)] != _SEGMENT:
        return False
    start, size = _number(head, start + len(_SEGMENT))
    return size is not None and start + size <= size_of(path)


def _number(head, place):
    """(the place behind an EBML size, the size), `None` where it is left open.

    The zeros before its first one say how many bytes follow (RFC 8794,
    section 4); all ones are an unknown size, of a live recording.
    """
    length = 9 - head[place].bit_length() if place < len(head) else 9
    if length > 8:
        return place, None
    mask = (1 << 7 * length) - 1
    size = int.from_bytes(head[place : place + length], "big") & mask
    return place + length, None if size == mask else size


@contextlib.contextmanager
def _opened(path):
    if hasattr(path, "read"):
        path.seek(0)
        yield path
        path.seek(0)
    else:
        with open(path, "rb") as file:
            yield file


def _end(container, stream):
    """Seconds to the end of the video track, 0 where a file does not say.

    A file that names no end of its tracks has one for all, which is that of
    its video only where there is no sound.
    """
    seconds = _seconds(stream.metadata.get("DURATION", ""))
    if not seconds and not container.streams.audio:
        seconds = (container.duration or 0) / av.time_base
    return seconds


def _seconds(text):
    """ ""00:01:02.5" as 62.5; 0 for anything else."""
    try:
        hours, minutes, seconds = map(float, text.split(":"))
    except ValueError:
        return 0.0
    return 3600 * hours + 60 * minutes + seconds
