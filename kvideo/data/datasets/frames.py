"""Folders of images, one for each video, in class folders."""

import os

from kvideo.data.frame_files import FrameFiles
from kvideo.data.listing import list_videos


def frame_folders(
    directory, template="{:05d}.jpg", first=1, fps=None, class_names=None
):
    """Lists raw-frame folders: `directory/class/video/00001.jpg`.

    Args:
        directory: its subfolders are the classes; every folder below one of
            them that holds the first image is a video.
        template: name of the images with a place for the number.
        first: number of the first image.
        fps: frames a second, where `target_fps` is wanted.
        class_names: subfolders to use, in the order of the labels.

    Returns:
        A `Listing` in alphanumeric order.

    Raises:
        FileNotFoundError: no such directory.
        ValueError: no such folder of images, or a wrong template.
    """
    files = FrameFiles(template, int(first), fps and float(fps))
    start = files.template.format(files.first)

    def find(folder, links):
        walk = sorted(os.walk(folder, followlinks=links))
        return [place for place, _, names in walk if start in names]

    return list_videos(
        directory,
        class_names=class_names,
        find=find,
        wanted=f"folders with an image {start}",
        files=files,
    )
