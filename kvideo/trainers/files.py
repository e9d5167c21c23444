"""Files that are there whole or not at all."""

import contextlib
import os
from pathlib import Path


@contextlib.contextmanager
def replacing(path):
    """Gives a path to write to; what is there takes the place of `path`.

    It does so in one step, after all is on the disk: whenever the process
    dies, `path` is the old file or the new one.

    Args:
        path: A file name.

    Raises:
        OSError: It could not be written. The old file stays.
    """
    path = Path(path)
    partial = partial_path(path)
    try:
        yield partial
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        stays = " The one of before stays as it was." if path.exists() else ""
        raise OSError(
            f"Cannot write '{path}': {error.strerror or error}.{stays} Make "
            "room or allow writing, then go on with the run (`resume`)."
        ) from error


def partial_path(path):
    """Where a file is until it is whole: `<stem>.partial<suffix>`."""
    return path.with_name(f"{path.stem}.partial{path.suffix}")
