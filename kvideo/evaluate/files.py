"""Files that appear whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_atomically(path, content):
    """Write bytes to `path`, replacing what stood there; return the path.

    An interrupted or failed write leaves the old file as it was.

    Raises:
        ValueError: If the directory of `path` cannot be written to.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    except OSError as error:
        raise ValueError(
            f"Cannot write to the directory '{path.parent}' "
            f"({error.strerror}). Choose a directory that you may write to. "
            f"Received: path='{path}'"
        ) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # mkstemp makes files private; a report is to be read by others.
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
    return path
