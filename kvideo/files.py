"""Files that are there whole or not at all."""

import contextlib
import os
from pathlib import Path

from kvideo.locks import locked


@contextlib.contextmanager
def replacing(path, then="try again", alone=False):
    """Gives a path to write to; what is there takes the place of `path`.

    It does so in one step, after all is on the disk: whenever the process
    dies, `path` is the old file or the new one. What a killed process has
    left is overwritten the next time.

    Args:
        path: A file name, in a folder that is there.
        then: What to do when the disk has room again, for the message.
        alone: Whether a lock of the folder is held already. Otherwise those
            who write the same file wait for one another.

    Raises:
        OSError: It could not be written. The old file stays.
    """
    path = Path(path)
    partial = partial_path(path)
    turn = contextlib.nullcontext()
    if not alone:
        turn = locked(path.with_name(f".{path.name}.lock"), path, wait=True)
    try:
        with turn, _removed(partial):
            yield partial
            with open(partial, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(partial, path)
    except OSError as error:
        stays = " The one of before stays as it was." if path.exists() else ""
        raise OSError(
            f"Cannot write '{path}': {error.strerror or error}.{stays} Make "
            f"room or allow writing, then {then}."
        ) from error


@contextlib.contextmanager
def _removed(partial):
    """What is left of it in the end, if it was not moved, goes."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def partial_path(path):
    """Where a file is until it is whole: `<stem>.partial<suffix>`."""
    return path.with_name(f"{path.stem}.partial{path.suffix}")


def write_atomically(path, content):
    """Writes bytes to `path`, whole or not at all; returns the path.

    Raises:
        ValueError: The folder of `path` cannot be made.
        OSError: The file cannot be written.
    """
    path = make_parent(path)
    with replacing(path) as partial:
        partial.write_bytes(content)
    return path


def make_parent(path):
    """Makes the folder of a file; returns the path.

    Raises:
        ValueError: It cannot be made.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"Cannot write to the directory '{path.parent}' "
            f"({error.strerror}). Choose a directory that you may write to. "
            f"Received: path='{path}'"
        ) from error
    return path
