"""What shards are called, what they are made of, and where a record is."""

import dataclasses
import re

FORMAT, VERSION = "kvideo-shards", 1
MANIFEST = "manifest.json"
# A file that is being written; no reader looks at it.
PARTIAL = ".partial-"
ENCODINGS = ("jpeg", "video")
# A TFRecord is its length (8 bytes), a checksum of that (4), the data, and a
# checksum of these (4).
HEAD, TAIL = 12, 4

_SHARD = re.compile(r"shard-(\d{5,})-of-(\d{5,})\.tfrecord")


def shard_name(number, total):
    return f"shard-{number:05d}-of-{total:05d}.tfrecord"


def numbers_of(name):
    """(number, total) of the name of a shard; `None` for other names."""
    match = _SHARD.fullmatch(name)
    return match and (int(match[1]), int(match[2]))


def receipt_name(shard):
    """The file beside a shard that says that it is complete."""
    return shard.removesuffix(".tfrecord") + ".json"


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a shard is made of.

    Attributes:
        encode: `"jpeg"` (every frame as a JPEG image) or `"video"` (the bytes
            of the file as they are).
        short_side: of JPEG frames, in pixels. Larger ones are reduced to it,
            their shape kept; smaller ones stay. `None` keeps every size.
        quality: of JPEG, 1 to 100.
        videos_per_shard: a positive integer.
    """

    encode: str = "jpeg"
    short_side: int | None = None
    quality: int = 95
    videos_per_shard: int = 64

    def __post_init__(self):
        if self.encode not in ENCODINGS:
            raise ValueError(
                f"`encode` should be one of {', '.join(ENCODINGS)}. "
                f"Received: encode={self.encode!r}"
            )
        _whole("quality", self.quality, 100)
        _whole("videos_per_shard", self.videos_per_shard)
        if self.short_side is None:
            return
        _whole("short_side", self.short_side)
        if self.encode == "video":
            raise ValueError(
                'encode="video" keeps the files as they are: leave '
                '`short_side` out, or use encode="jpeg". Received: '
                f"short_side={self.short_side}"
            )


@dataclasses.dataclass(frozen=True)
class Record:
    """Where a video is.

    Attributes:
        shard: path of the TFRecord file.
        path: name of the video in the shard.
        num_frames: frames in the video.
        offset, length: of the data in the shard, in bytes.
        crc32: of the data (`zlib.crc32`).
    """

    shard: str
    path: str
    num_frames: int
    offset: int
    length: int
    crc32: int

    def __str__(self):
        return f"{self.shard}@{self.offset}:{self.path}"


def _whole(name, value, most=float("inf")):
    if not isinstance(value, int) or not 1 <= value <= most:
        limit = "" if most == float("inf") else f" and at most {most}"
        raise ValueError(
            f"`{name}` should be an integer of at least 1{limit}. "
            f"Received: {name}={value!r}"
        )
