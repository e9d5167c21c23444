"""Folders of images, one for each video, in class folders."""

from kvideo.data.folders import walk_visible
from kvideo.data.frame_files import FrameFiles
from kvideo.data.frame_names import FrameNames, what_is_there
from kvideo.data.listing import list_videos


def frame_folders(
    directory, template="{:05d}.jpg", first=None, fps=None, class_names=None
):
    """Lists raw-frame folders: `directory/class/video/00001.jpg`.

    Args:
        directory: its subfolders are the classes; every folder below one of
            them that holds such images is a video.
        template: name of the images with a place for the number.
        first: number of the first image; other folders are left out. `None`:
            the lowest in each folder.
        fps: frames a second, where `target_fps` is wanted.
        class_names: subfolders to use, in the order of the labels.

    Returns:
        A `Listing` in alphanumeric order.

    Raises:
        FileNotFoundError: no such directory.
        ValueError: no such folder of images, or a wrong template.
    """
    first = None if first is None else int(first)
    names = FrameNames(template, first)
    seen = []

    def find(folder, links):
        walk = walk_visible(folder, links)
        seen.extend(name for _, found in walk for name in found)
        return [place for place, found in walk if names.numbers(found)]

    def wanted():
        return f"folders with an image {names.example} ({what_is_there(seen)})"

    return list_videos(
        directory,
        class_names=class_names,
        find=find,
        wanted=wanted,
        files=FrameFiles(template, first, fps and float(fps)),
    )
