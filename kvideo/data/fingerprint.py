"""A hash of a listing: whether two runs had the same videos."""

import hashlib
import os


def fingerprint(listing):
    """Hashes which files there are, how large they are, and their labels.

    A copy of the data in another folder has the same fingerprint, and so has
    another order of the files. Contents are not read.

    Args:
        listing: a `Listing`, or a data set that was made of one.

    Returns:
        64 hexadecimal digits (SHA-256).
    """
    paths = [os.path.abspath(path) for path in listing.file_paths]
    root = os.path.commonpath([os.path.dirname(path) for path in paths])
    lines = sorted(
        repr((os.path.relpath(path, root), _size(path), *_labels(listing, i)))
        for i, path in enumerate(paths)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _size(path):
    """Bytes of a file; entries of a folder of frames; 0 of what is neither."""
    if os.path.isdir(path):
        return len(os.listdir(path))
    # Videos in shards have no file of their own.
    return os.path.getsize(path) if os.path.isfile(path) else 0


def _labels(listing, index):
    """The segment of an item, and the names of its classes."""
    yield listing.segments and listing.segments[index]
    labels, names = listing.labels, listing.class_names
    if labels is None:
        return
    if not isinstance(labels, dict):
        labels, names = {"": labels}, {"": names}
    for key, column in labels.items():
        yield names[key][column[index]]
