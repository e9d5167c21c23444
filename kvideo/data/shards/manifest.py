"""Finds the videos in a folder of shards, or says what is missing."""

import concurrent.futures
import fnmatch
import os

from kvideo.damage import reading
from kvideo.data.listing import Listing
from kvideo.data.shards import layout
from kvideo.data.shards.files import ShardFiles
from kvideo.data.shards.folder import read_json


def video_dataset_from_shards(pattern, worker=None, seed=None, **options):
    """Makes a `tf.data.Dataset` of clips from the shards of `write_shards`.

    With `shuffle=True` each epoch has its own order over all videos, as with
    files: records are read one by one.

    Args:
        pattern: see `open_shards`.
        worker: (number from 0, how many) where several workers train
            together: each gets every how-many-th video, as of
            `tf.data.Dataset.shard`, and other random numbers. Switch off
            tf.data's own sharding (`AutoShardPolicy.OFF`) then.
        seed: see `kvideo.data.video_dataset`.
        **options: the other arguments of `kvideo.data.video_dataset`.

    Returns:
        What `kvideo.data.video_dataset` returns. `file_paths` are
        `SHARD@OFFSET:PATH`.

    Raises:
        FileNotFoundError: no shard there.
        ValueError: shards that are not complete, or an argument that does not
            fit.
    """
    from kvideo.data.pipeline import video_dataset

    listing = open_shards(pattern)
    if worker is not None:
        number, total = worker
        if not 0 <= number < total <= len(listing):
            raise ValueError(
                "`worker` should be (number, how many), the number from 0, "
                f"with no more workers than the {len(listing)} videos. "
                f"Received: worker={worker}"
            )
        listing = listing.take(range(number, len(listing), total))
        seed = None if seed is None else seed * total + number
    return video_dataset(listing, seed=seed, **options)


def is_shards(path):
    """Whether a path is a folder on this machine with shards, or parts."""
    names = os.listdir(path) if os.path.isdir(path) else []
    return any(layout.numbers_of(name) for name in names)


def open_shards(pattern):
    """Lists the videos in shards, in the order in which they are stored.

    Args:
        pattern: the folder that `write_shards` or `kvideo prepare` wrote, or
            a pattern of some of its shards, such as
            `"shards/shard-0000[0-3]*"`.

    Returns:
        A `Listing` whose `files` is a `ShardFiles`.

    Raises:
        FileNotFoundError: no shard there.
        ValueError: shards are missing, unfinished or of another size.
    """
    from tensorflow.io import gfile

    folder, names = os.fspath(pattern), "*"
    if not gfile.isdir(folder):
        folder, names = os.path.split(folder)
    manifest = read_manifest(folder)
    shards = [
        shard
        for shard in manifest["shards"]
        if fnmatch.fnmatchcase(shard["name"], names)
    ]
    if not shards:
        raise FileNotFoundError(
            f"No shard in '{folder}' has such a name. The first of the "
            f"{len(manifest['shards'])} is {manifest['shards'][0]['name']}. "
            f"Received: '{pattern}'"
        )
    _check_sizes(folder, shards)
    return _listing(folder, shards, manifest["class_names"])


def read_manifest(folder):
    """The manifest of a folder of shards, a dictionary.

    Raises:
        FileNotFoundError: no shard there.
        ValueError: the folder is not finished, or of another version.
    """
    from tensorflow.io import gfile

    names = gfile.listdir(folder) if gfile.isdir(folder) else []
    if layout.MANIFEST not in names:
        _refuse(folder, names)
    path = os.path.join(folder, layout.MANIFEST)
    then = "Run the same `kvideo prepare` again; it keeps the good shards"
    with reading(path, then):
        manifest = read_json(path)
        found = manifest.get("format"), manifest.get("version")
    if found != (layout.FORMAT, layout.VERSION):
        raise ValueError(
            f"'{path}' should be of format {layout.FORMAT}, version "
            f"{layout.VERSION}; run `kvideo prepare` into a new folder. "
            f"Received: format {found[0]}, version {found[1]}"
        )
    return manifest


def _refuse(folder, names):
    """Says what a folder without a manifest lacks."""
    there = {layout.numbers_of(name) for name in names} - {None}
    if not there:
        raise FileNotFoundError(
            "No finished shards of `kvideo prepare` are there. "
            f"Received: '{folder}'"
        )
    total = max(total for _, total in there)
    missing = [
        layout.shard_name(number, total)
        for number in range(total)
        if (number, total) not in there
    ]
    raise ValueError(
        f"The shards in '{folder}' are not finished. Missing: "
        f"{_few([*missing, layout.MANIFEST])}. Run the same `kvideo prepare` "
        "again; it keeps the finished ones."
    )


def _check_sizes(folder, shards):
    # Each look takes long where the folder is far away.
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        paths = [os.path.join(folder, shard["name"]) for shard in shards]
        sizes = list(pool.map(_size, paths))
    wrong = [
        f"{shard['name']} ({size} bytes instead of {shard['bytes']})"
        for shard, size in zip(shards, sizes, strict=True)
        if size != shard["bytes"]
    ]
    if wrong:
        raise ValueError(
            f"Shards in '{folder}' are missing or cut: {_few(wrong)}. Run the "
            "same `kvideo prepare` again; it keeps the good ones."
        )


def _size(path):
    import tensorflow as tf

    try:
        return tf.io.gfile.stat(path).length
    except tf.errors.NotFoundError:
        return 0


def _listing(folder, shards, class_names):
    records, labels = [], []
    for shard in shards:
        path = os.path.join(folder, shard["name"])
        for row in shard["records"]:
            labels.append(row["label"])
            place = {key: row[key] for key in row if key != "label"}
            records.append(layout.Record(shard=path, **place))
    if isinstance(class_names, dict):
        labels = {key: [row[key] for row in labels] for key in class_names}
    return Listing(
        file_paths=[str(record) for record in records],
        labels=None if class_names is None else labels,
        class_names=class_names,
        files=ShardFiles(records),
    )


def _few(names, number=5):
    more = [f"and {len(names) - number} more"] * (len(names) > number)
    return ", ".join([*names[:number], *more])
