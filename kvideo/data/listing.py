"""Which video files a directory holds, and their labels.

The order, the labels, the shuffling and the split are those of
`keras.utils.image_dataset_from_directory`.
"""

import dataclasses
import os

import numpy as np

from kvideo.data import folders
from kvideo.data.texts import nfc


@dataclasses.dataclass(frozen=True)
class Listing:
    """Files with their labels.

    Attributes:
        file_paths: list of strings. A path may stand there several times,
            with other segments.
        labels: list of integers; a dictionary of such lists, where a file has
            several labels (`{"verb": [...], "noun": [...]}`); or `None`.
        class_names: list of strings, in the order of the labels; a dictionary
            of such lists, with the keys of `labels`; or `None`.
        segments: for each file, `(start, end)` in seconds of the part that
            its label is about, or `None` for all of it. `None`: all of every
            file.
        files: what reads the files: an object with `count_frames(path)` and
            `read_frames(path, indices)`, such as `FrameFiles`. `None`: what
            the modality of the clips says.
    """

    file_paths: list
    labels: list | dict | None = None
    class_names: list | dict | None = None
    segments: list | None = None
    files: object = None

    def __len__(self):
        return len(self.file_paths)

    def segment(self, index):
        """`(start, end)` in seconds of a file, or `None` for all of it."""
        return self.segments and self.segments[index]

    def take(self, indices):
        """The listing of some of the files, in the order of `indices`."""
        indices = list(indices)

        def chosen(values):
            if isinstance(values, dict):
                return {name: chosen(v) for name, v in values.items()}
            return values and [values[i] for i in indices]

        return dataclasses.replace(
            self,
            file_paths=chosen(self.file_paths),
            labels=chosen(self.labels),
            segments=chosen(self.segments),
        )

    def shuffled(self, seed):
        """The listing in a random order, the same for the same seed."""
        order = np.arange(len(self))
        np.random.RandomState(seed).shuffle(order)
        return self.take(order)

    def split(self, validation_split):
        """(all but the last files, the last files): training, validation."""
        held_out = int(validation_split * len(self))
        border = len(self) - held_out
        order = range(len(self))
        return self.take(order[:border]), self.take(order[border:])

    def with_class_names(self, class_names):
        """The same files with labels that count in another list of names.

        Args:
            class_names: as the attribute; every name of a label in use must
                be in it.

        Raises:
            ValueError: a name in use is missing.
        """
        if self.labels is None or class_names == self.class_names:
            return self
        several = isinstance(self.class_names, dict)
        if several != isinstance(class_names, dict):
            raise ValueError(
                "Files with several labels need a dictionary of class names, "
                f"others a list. Expected one like {self.class_names}. "
                f"Received: class_names={class_names}"
            )
        if several:
            labels = {
                key: _relabelled(self.labels[key], names, class_names[key])
                for key, names in self.class_names.items()
            }
        else:
            labels = _relabelled(self.labels, self.class_names, class_names)
        return dataclasses.replace(self, labels=labels, class_names=class_names)


def _relabelled(labels, old, new):
    place = {nfc(name): number for number, name in enumerate(new)}
    used = {old[label] for label in set(labels)}
    unknown = sorted(name for name in used if nfc(name) not in place)
    if unknown:
        raise ValueError(
            "The files have classes that are not among the wanted ones: "
            f"{unknown[:3]}. Expected: {list(new)}"
        )
    return [place[nfc(old[label])] for label in labels]


def list_videos(
    directory,
    labels="inferred",
    class_names=None,
    links=False,
    find=folders.video_files,
    wanted=folders.VIDEOS,
    files=None,
):
    """Lists the video files of a directory, in alphanumeric order.

    Hidden files and folders, and those of operating systems, are passed over.
    Warns of classes without a file, which stay classes, and of files that
    were left out.

    Args:
        directory: with `labels="inferred"`, its subfolders are the classes,
            and all files below each belong to it.
        labels: `"inferred"`, a list of integers (one for each file, in
            alphanumeric order of the paths), or `None`.
        class_names: subfolders to use, in the order of the labels.
        links: whether to follow symbolic links to folders.
        find: function (directory, links) that gives the paths below it.
        wanted: what it looks for, in words; or a function that gives them.
        files: see `Listing`.

    Returns:
        A `Listing`.

    Raises:
        FileNotFoundError: no such directory.
        ValueError: no video file, labels or classes that do not fit, or
            subfolders that are the parts of a data set.
    """
    directory = os.fspath(directory)
    if not os.path.isdir(directory):
        raise FileNotFoundError(
            "`directory` should be a folder with video files. There is no "
            f"such folder. Received: directory={directory!r}"
        )
    if labels == "inferred":
        found = folders.class_folders(directory, class_names)
        groups = {name: find(path, links) for name, path in found.items()}
        if class_names is None:
            folders.check_no_splits(directory, groups)
        names = list(groups)
        paths = [path for group in groups.values() for path in group]
        labels = [i for i, name in enumerate(names) for _ in groups[name]]
    else:
        groups, paths = {}, find(directory, links)
        names = labels and [str(label) for label in sorted(set(labels))]
    listing = Listing(paths, labels, names, files=files)
    wanted = wanted() if callable(wanted) else wanted
    _check(listing, directory, wanted)
    folders.tell_what_is_left_out(directory, groups, wanted, links)
    return listing


def _check(listing, directory, wanted):
    if not listing.file_paths:
        where = (
            "in the subfolders, one for each class"
            if listing.class_names is not None
            else "in it or below it"
        )
        raise ValueError(
            f"No {wanted} found. `directory` should hold some {where}. "
            f"Received: directory={directory!r}"
        )
    labels = listing.labels
    if labels is not None and len(labels) != len(listing):
        raise ValueError(
            "`labels` should hold one integer for each video file. "
            f"Received: {len(labels)} labels for {len(listing)} files "
            f"in directory={directory!r}"
        )
