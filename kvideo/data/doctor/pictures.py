"""The suspects, small."""

import numpy as np

from kvideo.data import decode
from kvideo.data.doctor import isolated
from kvideo.data.doctor.hashes import shrink

HEIGHT, FRAMES = 72, 3


def thumbnails(paths, files=None, workers=1, timeout=300.0):
    """Some frames of each file side by side, from its start to its end.

    Read in processes of their own, as `diagnose` does.

    Args:
        paths: list of files.
        files: what reads each of them, see `Listing.files`; a dictionary.
        workers: processes at a time.
        timeout: seconds for a file.

    Returns:
        List of uint8 `(HEIGHT, w, 3)`, or `None` where nothing can be read.
    """
    files = files or {}
    jobs = [(path, files.get(path)) for path in paths]
    strips = isolated.call_all(_strip, jobs, workers, timeout)
    return [None if isinstance(s, isolated.Failure) else s for s in strips]


def _strip(path, files):
    files = files or decode
    try:
        number = files.count_frames(path)
        wanted = np.linspace(0, number - 1, FRAMES).round().astype(int)
        frames = files.read_frames(path, wanted)
    except decode.VideoDecodeError:
        # Of a damaged file, the start is what there is.
        frames = files.read_frames(path, [0])
    height, width = frames.shape[1:3]
    width = max(1, min(4 * HEIGHT, round(width * HEIGHT / height)))
    small = [shrink(frame, HEIGHT, width) for frame in frames]
    return np.concatenate(small, axis=1).round().astype(np.uint8)
