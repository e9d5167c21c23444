"""Which files below a folder are videos, and which folders are classes."""

import os
import warnings

from kvideo.data.texts import nfc

VIDEO_EXTENSIONS = (
    *(".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif"),
    *(".m1v", ".m2t", ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mjpg", ".mkv"),
    *(".mod", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf"),
    *(".nut", ".ogm", ".ogv", ".qt", ".rm", ".rmvb", ".tod", ".ts", ".vob"),
    *(".webm", ".wmv", ".y4m"),
)
VIDEOS = "video files (.mp4, .mov, .avi, .mkv, .webm, .gif, .mts, ...)"

# As folders are called that hold a part of a data set, in the order in which
# their files are used.
SPLIT_NAMES = (
    *("train", "training"),
    *("val", "valid", "validation", "dev"),
    *("test", "testing"),
)

# What is not hidden by a dot and yet is not the person's: of macOS, Windows,
# Linux, Synology and QNAP, of notebooks and Python.
_NOT_OURS = (
    *("__macosx", "$recycle.bin", "system volume information", "lost+found"),
    *("@eadir", "@recycle", "#recycle", "#snapshot", "__pycache__"),
)

# What lies beside videos and is meant to: nobody has to be told.
_BESIDE = (
    *(".txt", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".yaml", ".yml"),
    *(".md", ".html", ".pdf", ".xlsx", ".srt", ".vtt", ".py", ".ipynb"),
    *(".jpg", ".jpeg", ".png", ".wav", ".mp3", ".aac", ".npy", ".npz"),
    *(".zip", ".gz", ".tar", ".rar", ".db", ".ini", ".log", ".pkl", ".part"),
    *(".h5", ".keras", ".tmp"),
)


def is_hidden(name):
    """Whether a file or folder is of the system, not of the person.

    `._clip.mp4` is what macOS leaves beside a copied `clip.mp4`.
    """
    return name.startswith(".") or name.lower() in _NOT_OURS


def walk_visible(directory, links=False):
    """(folder, names of its files) of all folders below one, in order."""
    found = []
    for root, folders, names in os.walk(directory, followlinks=links):
        folders[:] = [name for name in folders if not is_hidden(name)]
        found.append((root, sorted(n for n in names if not is_hidden(n))))
    return sorted(found)


def video_files(directory, links=False):
    """Paths of the video files below a directory, in order."""
    return [
        os.path.join(root, name)
        for root, names in walk_visible(directory, links)
        for name in names
        if name.lower().endswith(VIDEO_EXTENSIONS)
    ]


def class_folders(directory, class_names=None):
    """{name of a class: its folder}, in alphanumeric or the given order.

    Raises:
        ValueError: a name has no folder.
    """
    found = {
        nfc(entry.name): entry.path
        for entry in sorted(os.scandir(directory), key=lambda e: e.name)
        if entry.is_dir() and not is_hidden(entry.name)
    }
    if class_names is None:
        return found
    wanted = {name: nfc(name) for name in class_names}
    if not set(wanted.values()) <= set(found):
        raise ValueError(
            "`class_names` should name subfolders of the directory. "
            f"Expected: {list(found)}, or some of them. "
            f"Received: class_names={list(class_names)}"
        )
    return {name: found[plain] for name, plain in wanted.items()}


def check_no_splits(directory, groups):
    """Raises a ValueError where the parts of a data set look like classes.

    Args:
        directory: the folder of the classes.
        groups: {name of a class: list of paths}.
    """
    full = {name: paths for name, paths in groups.items() if paths}
    splits = {name.lower() for name in full} <= set(SPLIT_NAMES)
    deep = any(
        os.path.dirname(os.path.relpath(path, directory)) != name
        for name, paths in full.items()
        for path in paths
    )
    if full and splits and deep:
        first = next(iter(full))
        raise ValueError(
            f"{', '.join(full)} in this folder are the parts of a data set, "
            "and their subfolders the classes. Give one part at a time, such "
            f"as '{os.path.join(directory, first)}'; if these are the classes, "
            f"say so: class_names={list(full)}. Received: "
            f"directory={directory!r}"
        )


def tell_what_is_left_out(directory, groups, wanted, links=False):
    """Warns of classes without a file, and of files of unknown extensions.

    Args:
        directory: the folder of the classes.
        groups: {name of a class: list of paths}.
        wanted: what is looked for, in words.
        links: whether links to folders are followed.
    """
    lines = []
    empty = [name for name, paths in groups.items() if not paths]
    if empty:
        some = ", ".join(empty[:5]) + ", ..." * (len(empty) > 5)
        lines.append(f"{len(empty)} classes hold no {wanted}: {some}.")
    strange = [
        os.path.join(root, name)
        for root, names in walk_visible(directory, links)
        for name in names
        if not name.lower().endswith(VIDEO_EXTENSIONS + _BESIDE)
    ]
    if strange and wanted == VIDEOS:
        some = ", ".join(strange[:3]) + ", ..." * (len(strange) > 3)
        lines.append(
            f"{len(strange)} files were left out, as their extension is not "
            f"known as that of a video: {some}."
        )
    if lines:
        warnings.warn(f"'{directory}': {' '.join(lines)}", stacklevel=4)
