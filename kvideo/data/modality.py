"""What clips are read from: video files, or folders of flow images."""

import dataclasses
from collections.abc import Callable
from types import ModuleType

from kvideo.data import decode, flow_files, folders, transforms


@dataclasses.dataclass(frozen=True)
class Modality:
    """How one kind of clip is found and read.

    Attributes:
        channels: C of a clip.
        find: function (directory, links) -> list of paths.
        wanted: what `find` looks for, in words.
        files: module with `count_frames(path)` and `read_frames(path,
            indices)`, which gives uint8 `(T, H, W, C)`.
        flip: function that mirrors such an array left to right.
    """

    channels: int
    find: Callable
    wanted: str
    files: ModuleType
    flip: Callable


MODALITIES = {
    "rgb": Modality(
        channels=3,
        find=folders.video_files,
        wanted=folders.VIDEOS,
        files=decode,
        flip=transforms.flip,
    ),
    "flow": Modality(
        channels=2,
        find=flow_files.flow_folders,
        wanted="folders of flow images (of `kvideo flow`)",
        files=flow_files,
        flip=transforms.flip_flow,
    ),
}
