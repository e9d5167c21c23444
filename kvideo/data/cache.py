"""Videos whose frames are kept as JPEG images, so that later epochs are fast.

H.264 decodes a video from a key frame to the wanted frame; of JPEG images only
the wanted ones are decoded. The first epoch pays: it decodes whole videos.
"""

import hashlib
import itertools
import json
import os
import pathlib

import numpy as np

from kvideo.data import decode, jpeg_file
from kvideo.data.decode import damage


class FrameCache:
    """Reads videos as `kvideo.data.decode`, through a folder of JPEG frames.

    A video is stored at its first use, in one file (`jpeg_file`). Frames keep
    their numbers and time stamps; their pixels are those of JPEG. A stored
    file is used only if the video has the size and the modification time, and
    the cache the settings, that it had then; otherwise, and where the file was
    cut or changed, it is written again. Processes can share a folder.

    A video that cannot be decoded to its end is not stored: each time, its
    frames are read from the video.

    Args:
        directory: folder of the cache; made if there is none.
        files: what reads the videos: an object with `count_frames(path)`,
            `read_frames(path, indices)`, `iterate_frames(path)` and
            `frame_times(path)`.
        short_side: pixels to which the shorter side of larger frames is
            reduced; `None` keeps their size.
        quality: of JPEG, 1 to 95.

    Raises:
        ValueError: an argument out of range, or `files` that lack a method.
        ImportError: Pillow is not installed.
    """

    def __init__(self, directory, files=decode, short_side=None, quality=90):
        _check(files, short_side, quality)
        jpeg_file.pillow()
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.files, self.short_side = files, short_side
        self.quality = quality
        self._unstored = set()

    def count_frames(self, path):
        """As of `files`, so that samplers choose the same frames."""
        table = self._table(path)
        return len(table["ends"]) if table else self.files.count_frames(path)

    def frame_times(self, path):
        """As of `files`: seconds of each frame, float64 `(n,)`."""
        table = self._table(path)
        if table:
            return np.array(table["times"][: len(table["ends"])], np.float64)
        return self.files.frame_times(path)

    def read_frames(self, path, indices):
        """The wanted frames, uint8 `(len(indices), H, W, 3)`.

        Raises:
            VideoTooShortError: the file ends before the last index.
            VideoDecodeError: the file cannot be read.
        """
        table = self._table(path)
        if not table:
            return self.files.read_frames(path, indices)
        stored = len(table["ends"])
        if np.max(indices) >= stored:
            last = int(np.max(indices))
            raise decode.VideoTooShortError(path, stored, last)
        name = self.path_of(path)
        marred = np.isin(indices, table.get("damaged", []))
        damage.report(path, np.flatnonzero(marred), len(marred))
        try:
            return jpeg_file.read_frames(name, table, indices)
        except (jpeg_file.DamagedFileError, FileNotFoundError):
            table = self._store(path, self._state(path))
        return jpeg_file.read_frames(name, table, indices)

    def path_of(self, path):
        """The file of the cache that a video has, or would have."""
        key = hashlib.sha256(os.path.abspath(path).encode()).hexdigest()[:16]
        stem = pathlib.Path(path).stem
        return self.directory / f"{stem}-{key}.jpegs"

    def _table(self, path):
        """The table of a stored video; `None` where it cannot be stored."""
        state = self._state(path)
        if json.dumps(state) in self._unstored:
            return None
        try:
            table = jpeg_file.read_table(self.path_of(path))
        except (jpeg_file.DamagedFileError, FileNotFoundError):
            table = None
        if table and table["state"] == state and _is_numbered(table):
            return table
        try:
            return self._store(path, state)
        except decode.VideoDecodeError:
            self._unstored.add(json.dumps(state))
            return None

    def _state(self, path):
        """What a stored file must agree with."""
        try:
            status = os.stat(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise decode.VideoDecodeError(path, reason) from error
        return {
            "video": os.path.abspath(path),
            "size": status.st_size,
            "modified": status.st_mtime_ns,
            "short_side": self.short_side,
            "quality": self.quality,
        }

    def _store(self, path, state):
        name, damaged = self.path_of(path), []
        with damage.collected() as reports:
            jpeg_file.write(
                name,
                self._frames(path, reports, damaged),
                self.quality,
                state=state,
                damaged=damaged,
                times=np.asarray(self.files.frame_times(path)).tolist(),
            )
        return jpeg_file.read_table(name)

    def _frames(self, path, reports, damaged):
        """Yields all frames; in the end it is known which are damaged."""
        frames = iter(self.files.iterate_frames(path))
        first = next(frames)
        for frame in itertools.chain([first], frames):
            if frame.shape != first.shape:
                raise decode.VideoDecodeError(path, "its frames change size")
            yield _reduced(frame, self.short_side)
        damaged.extend(number for row in reports for number in row.frames)


def _is_numbered(table):
    # Files of earlier versions counted pictures that no decoder shows.
    return "damaged" in table or table["count"] == len(table["ends"])


def _reduced(frame, short_side):
    height, width = frame.shape[:2]
    if short_side is None or min(height, width) <= short_side:
        return frame
    share = short_side / min(height, width)
    size = round(share * width), round(share * height)
    image = jpeg_file.pillow()
    reduced = image.fromarray(frame).resize(size, image.Resampling.BILINEAR)
    return np.asarray(reduced)


def _check(files, short_side, quality):
    needed = ("count_frames", "read_frames", "iterate_frames", "frame_times")
    missing = [name for name in needed if not hasattr(files, name)]
    if missing:
        raise ValueError(
            "A cache of frames is for video files; images need none. "
            f"Received: a source of frames without {', '.join(missing)}"
        )
    if short_side is not None and not (_whole(short_side) and short_side > 0):
        raise ValueError(
            "`cache_short_side` should be None or a positive integer. "
            f"Received: cache_short_side={short_side!r}"
        )
    if not (_whole(quality) and 1 <= quality <= 95):
        raise ValueError(
            "`quality` of JPEG should be an integer from 1 to 95. "
            f"Received: quality={quality!r}"
        )


def _whole(value):
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
