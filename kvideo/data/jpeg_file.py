"""The frames of one video as JPEG images in one file.

The images stand one behind the other. Behind them stands a table in JSON, with
the end and the checksum of each image and whatever the writer wants to keep,
and last a trailer: length and checksum of the table, and a mark. So a file that
was cut anywhere has no valid trailer, and any frame is one seek away.

Pillow writes and reads the images: it encodes faster than TensorFlow or PyAV
and decodes about as fast (docs/data-speed.md has the figures).
"""

import contextlib
import io
import json
import os
import struct
import tempfile
import zlib

import numpy as np

from kvideo.causes import python_errors

MARK = b"kvideo-jpeg-1\n"
_TRAILER = struct.Struct(f"<QI{len(MARK)}s")


class DamagedFileError(ValueError):
    """A file that was cut or changed after it was written."""


def write(path, frames, quality=90, **info):
    """Writes frames; the file appears under its name when it is complete.

    Args:
        path: the file. Its folder must exist.
        frames: iterable of uint8 `(H, W, 3)`, at least one; only one of them
            is held in memory.
        quality: of JPEG, 1 to 95.
        **info: what else the table holds, anything of JSON.
    """
    folder, name = os.path.split(path)
    # A name of its own: two processes may write the same video.
    handle, partial = tempfile.mkstemp(prefix=f".partial-{name}-", dir=folder)
    try:
        with python_errors(f"Cannot write '{path}'"):
            with os.fdopen(handle, "wb") as file:
                _write(file, frames, quality, info)
            os.replace(partial, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def read_table(path):
    """What `write` put behind the images: `info`, `ends` and `checksums`.

    Raises:
        FileNotFoundError: no such file.
        DamagedFileError: it was cut, or its table was changed.
    """
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TRAILER.size))
        trailer = file.read()
        if len(trailer) < _TRAILER.size or not trailer.endswith(MARK):
            raise DamagedFileError(f"'{path}' has no complete trailer.")
        length, checksum, _ = _TRAILER.unpack(trailer)
        if length > size - _TRAILER.size:
            raise DamagedFileError(f"'{path}' has a changed trailer.")
        file.seek(size - _TRAILER.size - length)
        table = file.read(length)
    if zlib.crc32(table) != checksum:
        raise DamagedFileError(f"The table of '{path}' was changed.")
    return json.loads(table)


def read_frames(path, table, numbers):
    """Some of the frames, in the order asked for.

    Args:
        path: the file.
        table: of `read_table`.
        numbers: frame numbers from 0, below `len(table["ends"])`.

    Returns:
        uint8 array `(len(numbers), H, W, 3)`.

    Raises:
        DamagedFileError: an image was changed.
    """
    ends = [0, *table["ends"]]
    wanted, places = np.unique(numbers, return_inverse=True)
    frames = None
    with open(path, "rb") as file:
        for i, number in enumerate(wanted.tolist()):
            file.seek(ends[number])
            image = file.read(ends[number + 1] - ends[number])
            if zlib.crc32(image) != table["checksums"][number]:
                raise DamagedFileError(f"Frame {number} of '{path}' changed.")
            frame = _decoded(image)
            if frames is None:
                # One array, written once: copies of clips cost milliseconds.
                frames = np.empty((len(places), *frame.shape), np.uint8)
            frames[places == i] = frame
    return frames


def _write(file, frames, quality, info):
    ends, checksums = [], []
    for frame in frames:
        image = _encoded(frame, quality)
        file.write(image)
        ends.append(file.tell())
        checksums.append(zlib.crc32(image))
    table = json.dumps(info | {"ends": ends, "checksums": checksums}).encode()
    file.write(table)
    file.write(_TRAILER.pack(len(table), zlib.crc32(table), MARK))


def _encoded(frame, quality):
    image = io.BytesIO()
    pillow().fromarray(frame).save(image, "jpeg", quality=quality)
    return image.getvalue()


def _decoded(image):
    return np.asarray(pillow().open(io.BytesIO(image)))


def pillow():
    """Pillow's module `Image`, or an error that says how to get it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            "Frames are kept as JPEG with Pillow, which is not installed. Try "
            '`pip install "kvideo[frames]"`.'
        ) from error
    return Image
