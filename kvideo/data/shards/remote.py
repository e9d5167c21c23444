"""Lists the videos of a folder that only `tf.io.gfile` can reach."""

import os

from kvideo.data.folders import VIDEO_EXTENSIONS, is_hidden
from kvideo.data.listing import Listing


def list_remote_videos(directory):
    """As `kvideo.data.listing.list_videos`, for buckets and the like.

    Args:
        directory: path of `tf.io.gfile`, such as `gs://bucket/videos`; its
            subfolders are the classes.

    Returns:
        A `Listing`.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no video in it.
    """
    from tensorflow.io import gfile

    if not gfile.isdir(directory):
        raise FileNotFoundError(
            f"There is no such folder. Received: '{directory}'"
        )
    # Buckets list folders with a slash behind the name.
    names = sorted(name.rstrip("/") for name in gfile.listdir(directory))
    class_names = [
        name
        for name in names
        if not is_hidden(name) and gfile.isdir(os.path.join(directory, name))
    ]
    groups = [_videos(os.path.join(directory, name)) for name in class_names]
    if not any(groups):
        raise ValueError(
            "No video files found. The folder should hold some in subfolders, "
            f"one for each class. Received: '{directory}'"
        )
    return Listing(
        file_paths=[path for group in groups for path in group],
        labels=[label for label, group in enumerate(groups) for _ in group],
        class_names=class_names,
    )


def _below(root, name, folder):
    """The names of a file and of the folders that it lies in."""
    return [*root.removeprefix(folder).strip("/").split("/"), name]


def _videos(folder):
    from tensorflow.io import gfile

    return [
        os.path.join(root, name)
        for root, _, names in sorted(gfile.walk(folder))
        for name in sorted(names)
        if name.lower().endswith(VIDEO_EXTENSIONS)
        and not any(map(is_hidden, _below(root, name, folder)))
    ]
