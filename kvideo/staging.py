"""Files and folders, and what lies beside them, that appear whole or not."""

import contextlib
import os
import shutil

from kvideo.causes import python_errors
from kvideo.exchange import exchange
from kvideo.files import make_parent
from kvideo.locks import LockedError, locked

DRAFT = ".draft-"
# In a draft's folder, while two folders change places in two steps.
ASIDE = "before"


@contextlib.contextmanager
def staged(path, overwrite=False, key=None):
    """Yields a draft path that becomes `path` when the block succeeds.

    The draft has the name of `path` and lies in a folder beside it, so the
    final move is a rename. Whatever the block writes next to the draft (its
    card) moves along. When the block fails, nothing is left behind and what
    stood at `path` stays. What a killed process left is cleared by the next
    one that writes into the same folder.

    Args:
        path: A file or folder.
        overwrite: Whether it may replace what is there.
        key: What paths have in common that only one process may write; by
            default each path is one's own.

    Raises:
        FileExistsError: `path` exists and `overwrite` is false.
        LockedError: Another process writes it, or what has the same key.
        OSError: The disk is full, or may not be written to.
        ValueError: The directory of `path` cannot be written to.
    """
    path = make_parent(path)
    key = key or path.name
    with locked(_lock_path(path.parent, key), path):
        _clear_drafts(path.parent)
        workspace = path.parent / f"{DRAFT}{key}"
        _clear(workspace)
        if path.exists() and not overwrite:
            raise FileExistsError(
                f"'{path}' exists already. Choose another path, or pass "
                "`overwrite=True` to replace it."
            )
        try:
            with python_errors(f"Cannot write '{path}'"):
                workspace.mkdir()
                draft = workspace / path.name
                yield draft
                for item in sorted(workspace.iterdir()):
                    _replace(item, path.parent / item.name)
        finally:
            shutil.rmtree(workspace, ignore_errors=True)


def _lock_path(folder, key):
    return folder / f".{key}.lock"


def _clear_drafts(folder):
    """Clears what processes that are no more have left."""
    for workspace in folder.glob(f"{DRAFT}*"):
        lock = _lock_path(folder, workspace.name.removeprefix(DRAFT))
        with contextlib.suppress(LockedError), locked(lock, workspace):
            _clear(workspace)


def _clear(workspace):
    """Removes a draft; an old folder that was on its way goes back."""
    aside = workspace / ASIDE
    for item in aside.iterdir() if aside.is_dir() else ():
        if not (workspace.parent / item.name).exists():
            os.replace(item, workspace.parent / item.name)
    shutil.rmtree(workspace, ignore_errors=True)


def _replace(source, target):
    """Moves `source` to `target`; an old folder there goes to `source`."""
    if target.is_dir():
        exchange(source, target, source.parent / ASIDE / target.name)
    else:
        os.replace(source, target)
