"""Tiny video files whose pixels say where they came from.

Bit-exact codecs, so a decoded clip names its own frames, columns and file.
Flow images have constant blocks, which JPEG keeps to the bit.
"""

import wave

import numpy as np
from PIL import Image

from kvideo.data import decode, flow_files


def numbered_frames(num_frames, size=(16, 24), tag=0):
    """Red is the frame number, green the column, blue the tag."""
    height, width = size
    frames = np.zeros((num_frames, height, width, 3), np.uint8)
    frames[..., 0] = np.arange(num_frames)[:, None, None]
    frames[..., 1] = np.arange(width)
    frames[..., 2] = tag
    return frames


def write_numbered_video(path, num_frames, size=(16, 24), tag=0):
    """Writes `numbered_frames`; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = numbered_frames(num_frames, size, tag)
    options = {"crf": "0", "preset": "ultrafast"}
    decode.write_video(path, frames, codec="libx264rgb", options=options)
    return path


def write_folder(directory, classes=("jump", "run"), per_class=3, frames=9):
    """A folder for each class; file k of the whole has tag 10 * k."""
    for label, name in enumerate(classes):
        for index in range(per_class):
            write_numbered_video(
                directory / name / f"{index}.mp4",
                frames,
                tag=10 * (label * per_class + index),
            )
    return directory


def write_flow_folder(folder, num_fields, size=(16, 16), tag=0):
    """x is `tag` on the left and 200 on the right, y the field's number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(num_fields):
        x = np.full(size, 200, np.uint8)
        x[:, : size[1] // 2] = tag
        y = np.full(size, number, np.uint8)
        for axis, image in (("x", x), ("y", y)):
            name = flow_files.NAME.format(axis=axis, number=number + 1)
            Image.fromarray(image).save(folder / name, quality=95)
    return folder


def write_sound(path):
    """A file with a sound track and no picture."""
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    return path


def frame_numbers(clip):
    return clip[:, 0, 0, 0].astype(int).tolist()
