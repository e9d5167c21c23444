"""What is in a folder of shards: JSON, checksums, finished shards."""

import contextlib
import dataclasses
import hashlib
import json
import os
import uuid

from kvideo.causes import python_errors
from kvideo.data.shards import layout
from kvideo.locks import folder_lock

RECEIPT = {"name", "plan", "settings", "bytes", "sha256", "records", "broken"}


# Of a manifest: half a million videos take 150 MB.
MOST = 2_000_000_000


def start_folder(tasks, overwrite=False):
    """Makes the folder, and removes what is no finished shard of this run.

    The manifest, too, until all shards are written.

    Raises:
        ValueError: shards of another run are there, and not `overwrite`.
        OSError: the folder cannot be made.
    """
    from tensorflow.io import gfile

    to, plan = tasks[0].to, tasks[0].plan
    make(to)
    names = set(gfile.listdir(to))
    keep = set()
    for shard in filter(layout.numbers_of, names):
        receipt = _read_receipt(os.path.join(to, shard))
        if receipt is None:
            continue
        if receipt["plan"] == plan:
            keep |= {shard, layout.receipt_name(shard)}
        elif not overwrite:
            raise ValueError(
                f"'{to}' holds shards of other videos or settings. Give "
                "another folder, or overwrite them. Received: "
                f"{dataclasses.asdict(tasks[0].settings)}; there: "
                f"{receipt['settings']}"
            )
    for name in names - keep:
        if _is_ours(name):
            gfile.remove(os.path.join(to, name))


def make(to):
    """Makes the folder.

    Raises:
        OSError: It cannot be made.
    """
    import tensorflow as tf

    try:
        tf.io.gfile.makedirs(to)
    except tf.errors.OpError as error:
        raise OSError(f"Cannot write to '{to}': {error.message}") from error


def kept_receipt(task):
    """The receipt of a shard that is finished and undamaged, or `None`."""
    from tensorflow.io import gfile

    path = os.path.join(task.to, task.name)
    receipt = _read_receipt(path)
    if receipt is None or not gfile.exists(path):
        return None
    same = digest(path).items() <= receipt.items()
    return receipt if same and receipt["plan"] == task.plan else None


def digest(path):
    """`bytes` and `sha256` of a file, a dictionary."""
    from tensorflow.io import gfile

    sha256, size = hashlib.sha256(), 0
    with gfile.GFile(path, "rb") as file:
        while chunk := file.read(1 << 24):
            sha256.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": sha256.hexdigest()}


def partial_path(path):
    """Where a file is written before it gets its name.

    Never the same twice: Beam may let two workers do the same.
    """
    folder, name = os.path.split(path)
    unique = f"{layout.PARTIAL}{uuid.uuid4().hex[:8]}-{name}"
    return os.path.join(folder, unique)


def read_json(path):
    from tensorflow.io import gfile

    size = gfile.stat(path).length
    if size > MOST:
        raise ValueError(
            f"it has {size / 1e6:,.0f} MB, more than {MOST / 1e6:,.0f}"
        )
    with gfile.GFile(path, "r") as file:
        return json.load(file)


def write_json(path, content):
    """The file appears under its name when it is complete."""
    from tensorflow.io import gfile

    with written(path) as partial, gfile.GFile(partial, "w") as file:
        file.write(json.dumps(content))


@contextlib.contextmanager
def written(path):
    """Gives a path to write to; the file gets its name when it is complete.

    Raises:
        OSError: The disk is full, or may not be written to.
    """
    from tensorflow.io import gfile

    partial = partial_path(path)
    try:
        with python_errors(f"Cannot write '{path}'"):
            yield partial
            gfile.rename(partial, path, overwrite=True)
    finally:
        if gfile.exists(partial):
            gfile.remove(partial)


def held(to):
    """The folder is this process's while the block runs, if it is on a disk."""
    if "://" in str(to):
        return contextlib.nullcontext()
    make(to)
    return folder_lock(to)


def _read_receipt(shard):
    """The receipt of a shard, or `None`; one cut short is none."""
    import tensorflow as tf

    try:
        receipt = read_json(layout.receipt_name(shard))
    except (tf.errors.NotFoundError, ValueError):
        return None
    whole = isinstance(receipt, dict) and receipt.keys() >= RECEIPT
    return receipt if whole else None


def _is_ours(name):
    shard = name.removesuffix(".json") + ".tfrecord"
    return (
        name == layout.MANIFEST
        or name.startswith(layout.PARTIAL)
        or layout.numbers_of(name) is not None
        or (name.endswith(".json") and layout.numbers_of(shard) is not None)
    )
