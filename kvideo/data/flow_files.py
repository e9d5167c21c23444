"""Folders of flow images: the flow of a video on disk.

The flow from frame i to frame i + 1 of a video, i from 1, is two grey JPEG
files in the folder of the video, `flow_x_00001.jpg` and `flow_y_00001.jpg`.
These are the names that the tools of Temporal Segment Networks (Wang et al.,
ECCV 2016) write, whose folders can be read as well. `flow.py` says what the
bytes mean.
"""

import os
import pathlib
import shutil

import numpy as np

from kvideo.causes import python_errors
from kvideo.data import decode, flow
from kvideo.data.folders import walk_visible

NAME = "flow_{axis}_{number:05d}.jpg"
AXES = ("x", "y")
QUALITY = 95  # of JPEG; what OpenCV takes, and so the papers' tools


def flow_folders(directory, links=False):
    """Paths of the folders of flow images below a directory.

    In the order of the videos that they are of, so that the scores of RGB and
    of flow can be averaged: `a-b.mp4` is before `a.mp4`, and so is `a-b`
    before `a`. (Not so for `a.b.mp4` and `a.mp4`.)
    """
    first = NAME.format(axis="x", number=1)
    found = [
        os.path.split(root)
        for root, names in walk_visible(directory, links)
        if first in names
    ]
    found.sort(key=lambda pair: (pair[0], f"{pair[1]}."))
    return [os.path.join(*parts) for parts in found]


def count_frames(folder):
    """Number of flow fields in a folder, without gaps from the first."""
    names = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    number = 0
    while all(NAME.format(axis=a, number=number + 1) in names for a in AXES):
        number += 1
    if not number:
        wanted = [NAME.format(axis=axis, number=1) for axis in AXES]
        reason = f"it is no folder with {' and '.join(wanted)}"
        raise decode.VideoDecodeError(folder, reason)
    return number


def read_frames(folder, indices):
    """Some of the flow fields of a folder.

    Args:
        folder: the folder of a video.
        indices: integers from 0, in any order, repeats allowed.

    Returns:
        uint8 `(len(indices), H, W, 2)`, see `flow.from_bytes`.

    Raises:
        VideoDecodeError: a file is missing, no picture, or of another size.
    """
    wanted, places = np.unique(indices, return_inverse=True)
    fields = [
        [
            _read(pathlib.Path(folder, NAME.format(axis=a, number=i + 1)))
            for a in AXES
        ]
        for i in wanted
    ]
    shapes = {image.shape for field in fields for image in field}
    if len(shapes) > 1:
        reason = f"its images change size: {sorted(shapes)}"
        raise decode.VideoDecodeError(folder, reason)
    return np.stack(np.moveaxis(fields, 1, -1))[places]


def write_flow(video, folder, frame_size=None):
    """Computes the flow of a video and writes it as a folder of images.

    The folder appears under its name only when it is complete.

    Args:
        video: path of the video file.
        folder: the folder to write. It must not exist; those above it are
            made.
        frame_size: (height, width) to which frames are resized first; `None`
            leaves them as they are.

    Returns:
        Number of flow fields: one less than there are frames.

    Raises:
        VideoDecodeError: the file cannot be read, or has a single frame.
        FileExistsError: the folder exists.
    """
    folder = pathlib.Path(folder)
    if folder.exists():
        raise FileExistsError(
            f"Flow is written to a new folder. Received: folder='{folder}', "
            "which exists."
        )
    partial = folder.with_name(f".partial-{folder.name}")
    # What an interrupted run left.
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with python_errors(f"Cannot write '{folder}'"):
            partial.mkdir(parents=True)
            number = _write_fields(video, partial, frame_size)
            os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return number


def _write_fields(video, folder, frame_size):
    previous, number = None, 0
    for frame in decode.iterate_frames(video):
        grey = _grey(frame, frame_size)
        if previous is not None:
            if grey.shape != previous.shape:
                reason = "its frames change size; give `frame_size`"
                raise decode.VideoDecodeError(video, reason)
            number += 1
            _write(folder, number, flow.to_bytes(flow.tv_l1(previous, grey)))
        previous = grey
    if not number:
        reason = "flow needs two frames or more"
        raise decode.VideoDecodeError(video, reason)
    return number


def _grey(frame, frame_size):
    from PIL import Image

    image = Image.fromarray(frame).convert("L")
    if frame_size is not None:
        height, width = frame_size
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image)


def _write(folder, number, images):
    from PIL import Image

    for axis, image in zip(AXES, np.moveaxis(images, -1, 0), strict=True):
        path = folder / NAME.format(axis=axis, number=number)
        Image.fromarray(image).save(path, quality=QUALITY)


def _read(path):
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"))
    except OSError as error:
        reason = f"{path.name}: {error.strerror or 'it is no picture'}"
        raise decode.VideoDecodeError(path.parent, reason) from error
