"""Which video goes into which shard: pure, so that every writer agrees."""

import dataclasses
import hashlib
import json
import os

import numpy as np

from kvideo.data.listing import Listing
from kvideo.data.shards import layout
from kvideo.data.shards.remote import list_remote_videos


@dataclasses.dataclass(frozen=True)
class Item:
    """A video on its way into a shard.

    Attributes:
        path: where it is read.
        name: what it is called in the shard.
        index: its place in the listing.
        label: integer, a dictionary of integers, or `None`.
        class_name: the name of the label, likewise.
        segment: (start, end) in seconds, or `None` for all of it.
        files: what reads it, as `Listing.files`; `None` for a video file.
    """

    path: str
    name: str
    index: int
    label: object = None
    class_name: object = None
    segment: tuple | None = None
    files: object = None


@dataclasses.dataclass(frozen=True)
class Task:
    """One shard to write.

    Attributes:
        to: the folder.
        name: of the shard.
        items: its `Item`s, in order.
        settings: a `layout.Settings`.
        plan: identifies the run: equal videos, labels and settings have equal
            plans.
    """

    to: str
    name: str
    items: tuple
    settings: layout.Settings
    plan: str


def open_source(source):
    """The `Listing` of a source: one already, or a text that names it."""
    # Knows shards as one of its sources, and so imports this package.
    from kvideo.data.datasets import open_listing

    if isinstance(source, Listing):
        return source
    if "://" in os.fspath(source):
        return list_remote_videos(source)
    return open_listing(source)


def plan_shards(source, to, settings):
    """(class names, `Task`s in order) of a run.

    Videos are spread over the shards at random, the same way each time, so
    that each shard holds all classes.

    Args:
        source: see `write_shards`.
        to: folder to write.
        settings: a `layout.Settings`.
    """
    listing = open_source(source)
    if not len(listing):
        raise ValueError("The listing has no videos to put into shards.")
    if settings.encode == "video":
        _check_whole_files(listing)
    folder = None if isinstance(source, Listing) else os.fspath(source)
    items = [_item(listing, index, folder) for index in range(len(listing))]
    plan = _fingerprint(items, listing.class_names, settings)
    order = np.random.RandomState(0).permutation(len(items))
    size = settings.videos_per_shard
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    tasks = [
        Task(
            to=os.fspath(to),
            name=layout.shard_name(number, len(groups)),
            items=tuple(items[i] for i in group),
            settings=settings,
            plan=plan,
        )
        for number, group in enumerate(groups)
    ]
    return listing.class_names, tasks


def _check_whole_files(listing):
    if listing.segments is not None or listing.files is not None:
        what = "segments" if listing.segments is not None else "images"
        raise ValueError(
            f'encode="video" keeps video files as they are, and the source '
            f'has {what}: use encode="jpeg".'
        )


def _item(listing, index, folder):
    path, segment = listing.file_paths[index], listing.segment(index)
    label, names = listing.labels, listing.class_names
    if isinstance(label, dict):
        label = {key: int(column[index]) for key, column in label.items()}
        class_name = {key: names[key][value] for key, value in label.items()}
    else:
        label = None if label is None else int(label[index])
        class_name = None if label is None else names[label]
    return Item(
        path=path,
        name=_name(path, folder),
        index=index,
        label=label,
        class_name=class_name,
        segment=segment and tuple(float(second) for second in segment),
        files=listing.files,
    )


def _name(path, folder):
    """The path below the folder, so that the folder may be anywhere."""
    if folder and path.startswith(os.path.join(folder, "")):
        return os.path.relpath(path, folder)
    return path


def _fingerprint(items, class_names, settings):
    rows = [[item.name, item.label, item.segment] for item in items]
    settings = dataclasses.asdict(settings)
    content = json.dumps([layout.VERSION, class_names, settings, rows])
    return hashlib.sha256(content.encode()).hexdigest()
