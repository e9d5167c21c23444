"""Writes shards and their manifest; goes on where a killed run stopped.

A shard is written under another name, read again for its checksum, renamed,
and then gets a receipt. A later run keeps the shards that agree with their
receipts. The manifest, which readers require, is made of the receipts of all
shards.
"""

import concurrent.futures
import dataclasses
import os
import zlib

from kvideo.data.decode import VideoDecodeError
from kvideo.data.shards import folder, layout
from kvideo.data.shards.plan import plan_shards
from kvideo.data.shards.records import to_example


def write_shards(
    source,
    to,
    encode="jpeg",
    short_side=None,
    quality=95,
    videos_per_shard=64,
    workers=1,
    overwrite=False,
    track=iter,
):
    """Writes a collection of videos as TFRecord shards with a manifest.

    Run it again after an interruption: finished shards are checked and kept.
    Videos that cannot be read are left out and listed in the manifest.

    Example:

    ```python
    kvideo.data.write_shards("data/train", "shards/train", short_side=256)
    train = kvideo.data.video_dataset_from_shards("shards/train", seed=1)
    ```

    Args:
        source: what `kvideo.data.open_listing` takes, such as a folder with a
            subfolder for each class; the `tf.io.gfile` path of such a folder,
            with `://` in it; or a `Listing`.
        to: folder to write.
        encode: `"jpeg"`: every frame as a JPEG image, of which training
            decodes only those that it wants. `"video"`: the files as they
            are.
        short_side: with `"jpeg"`, pixels to which the shorter side of larger
            frames is reduced; `None` keeps their size.
        quality: of JPEG, 1 to 100.
        videos_per_shard: how many records a shard gets, the last one less.
        workers: threads, each of which writes a shard.
        overwrite: replace the shards of another run.
        track: function that takes the list of shards and returns it or a like
            iterator, such as `rich.progress.track`.

    Returns:
        The manifest, a dictionary: `"videos"` is the number of videos in the
        shards, `"broken"` a list of those left out, with `path` and `reason`.

    Raises:
        FileNotFoundError: no such folder.
        LockedError: another process writes into `to`.
        OSError: the disk is full, or may not be written to.
        ValueError: no video, an argument out of range, or `to` holds shards
            of other videos or settings.
    """
    if workers < 1:
        raise ValueError(f"`workers` should be at least 1. Received: {workers}")
    settings = layout.Settings(encode, short_side, quality, videos_per_shard)
    class_names, tasks = plan_shards(source, to, settings)
    with folder.held(to):
        folder.start_folder(tasks, overwrite)
        receipts = _write_all(tasks, workers, track)
        _check_any(receipts, source)
        return write_manifest(to, receipts, class_names)


def _check_any(receipts, source):
    if not any(receipt["records"] for receipt in receipts):
        broken = [row for receipt in receipts for row in receipt["broken"]]
        raise ValueError(
            f"None of the {len(broken)} videos of '{source}' can be read, so "
            f"there are no shards. The first is {broken[0]['path']}: "
            f"{broken[0]['reason']}"
        )


def _write_all(tasks, workers, track):
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    try:
        results = pool.map(write_shard, tasks)
        return [next(results) for _ in track(tasks)]
    finally:
        # An error should not wait until all other shards are written.
        pool.shutdown(cancel_futures=True)


def write_shard(task):
    """Writes a shard, or keeps the one that is there.

    Args:
        task: a `plan.Task`.

    Returns:
        Its receipt, a dictionary for JSON.
    """
    path = os.path.join(task.to, task.name)
    kept = folder.kept_receipt(task)
    if kept is not None:
        return kept
    with folder.written(path) as partial:
        records, broken = _write_records(partial, task)
        receipt = {
            "name": task.name,
            "plan": task.plan,
            "settings": dataclasses.asdict(task.settings),
            **folder.digest(partial),
            "records": records,
            "broken": broken,
        }
    folder.write_json(layout.receipt_name(path), receipt)
    return receipt


def write_manifest(to, receipts, class_names):
    """Writes the manifest of all shards, which makes them readable.

    Args:
        to: the folder.
        receipts: those of all shards, in any order.
        class_names: as `Listing.class_names`.

    Returns:
        The manifest, a dictionary.
    """
    receipts = sorted(receipts, key=lambda receipt: receipt["name"])
    manifest = {
        "format": layout.FORMAT,
        "version": layout.VERSION,
        "class_names": class_names,
        "settings": receipts[0]["settings"],
        "plan": receipts[0]["plan"],
        "videos": sum(len(receipt["records"]) for receipt in receipts),
        "broken": [row for receipt in receipts for row in receipt["broken"]],
        "shards": [
            {key: r[key] for key in ("name", "bytes", "sha256", "records")}
            for r in receipts
        ],
    }
    folder.write_json(os.path.join(to, layout.MANIFEST), manifest)
    return manifest


def _write_records(path, task):
    """Writes the TFRecord file; (rows of its records, of broken videos)."""
    import tensorflow as tf

    records, broken, place = [], [], 0
    with tf.io.TFRecordWriter(path) as writer:
        for item in task.items:
            try:
                data, num_frames = to_example(item, task.settings)
            except VideoDecodeError as error:
                broken.append({"path": item.name, "reason": error.reason})
                continue
            writer.write(data)
            records.append(
                {
                    "path": item.name,
                    "label": item.label,
                    "num_frames": num_frames,
                    "offset": place + layout.HEAD,
                    "length": len(data),
                    "crc32": zlib.crc32(data),
                }
            )
            place += layout.HEAD + len(data) + layout.TAIL
    return records, broken
