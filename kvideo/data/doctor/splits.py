"""The listings of a collection, by the name of their split."""

import dataclasses
import os

from kvideo.data.datasets.sources import open_listing
from kvideo.data.folders import SPLIT_NAMES, is_hidden, video_files
from kvideo.data.listing import list_videos


def open_splits(*sources):
    """The listings of sources: training first, what is held out last.

    A folder whose subfolders are all called as splits (`train`, `val`,
    `test`, ...) and have subfolders themselves stands for these splits. A
    folder without subfolders that hold videos is one split without classes.

    Args:
        *sources: texts for `kvideo.data.open_listing`, each a split.

    Returns:
        Dictionary from the name of a split to its `Listing`.

    Raises:
        FileNotFoundError: there is no such folder or list.
        ValueError: a source without videos, or the same source twice.
    """
    splits = {}
    for source in map(os.fspath, sources):
        for name, text in _parts(source).items():
            name = name if len(sources) == 1 else text
            if name in splits:
                raise ValueError(
                    "Each source should be given once. "
                    f"Received: sources={list(sources)}"
                )
            splits[name] = _open(text)
    return splits


def _parts(source):
    names = _folders(source)
    known = [name for name in SPLIT_NAMES if name in names]
    parts = {name: os.path.join(source, name) for name in known}
    whole = len(known) < len(names) or not known
    if whole or not all(_folders(part) for part in parts.values()):
        return {"all": source}
    return parts


def _folders(path):
    if not os.path.isdir(path):
        return []
    return [
        entry.name
        for entry in os.scandir(path)
        if entry.is_dir() and not is_hidden(entry.name)
    ]


def _open(source):
    flat = os.path.isdir(source) and not any(
        video_files(os.path.join(source, name)) for name in _folders(source)
    )
    if flat and video_files(source):
        return list_videos(source, labels=None)
    return open_listing(source)


def places(splits):
    """Where each file stands.

    Args:
        splits: dictionary of `Listing`s.

    Returns:
        Dictionary from each path to a list of (split, name of its class). The
        name is `None` without labels, and a tuple where there are several.
    """
    found = {}
    for split, listing in splits.items():
        names = label_names(listing)
        for path, name in zip(listing.file_paths, names, strict=True):
            rows = found.setdefault(os.fspath(path), [])
            if (split, name) not in rows:
                rows.append((split, name))
    return found


def label_names(listing):
    """For each item of a listing the name of its class, as in `places`."""
    labels, names = listing.labels, listing.class_names
    if labels is None:
        return [None] * len(listing)
    if isinstance(labels, dict):
        columns = [
            label_names(
                dataclasses.replace(
                    listing, labels=labels[key], class_names=names[key]
                )
            )
            for key in labels
        ]
        return list(zip(*columns, strict=True))
    return [names[label] for label in labels]
