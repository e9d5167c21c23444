"""Files that appear whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from kvideo.export.card import card_path
from kvideo.export.checksums import sealed


@contextlib.contextmanager
def staged(path, overwrite=False):
    """Yields a draft path that becomes `path` when the block succeeds.

    The draft has the name of `path` and lies in a temporary directory beside
    it, so the final move is a rename. Whatever the block writes next to the
    draft (its card) moves along. When the block fails, nothing is left behind
    and what stood at `path` stays.

    Raises:
        FileExistsError: `path` exists and `overwrite` is false.
        ValueError: The directory of `path` cannot be written to.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"'{path}' exists already. Choose another path, or pass "
            "`overwrite=True` to replace it."
        )
    workspace = _make_workspace(path)
    try:
        draft = workspace / path.name
        yield draft
        for item in sorted(workspace.iterdir()):
            _replace(item, path.parent / item.name)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


@contextlib.contextmanager
def staged_artefact(path, card, overwrite=False):
    """`staged`, and the card with the artefact's checksums beside the draft."""
    with staged(path, overwrite) as draft:
        yield draft
        sealed(card, draft, path).save(card_path(draft))


def _make_workspace(path):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".draft-", dir=path.parent))
    except OSError as error:
        raise ValueError(
            f"Cannot write to the directory '{path.parent}' "
            f"({error.strerror}). Choose a directory that you may write to. "
            f"Received: path='{path}'"
        ) from error


def _replace(source, target):
    """Moves `source` to `target`; an old directory there goes aside first."""
    if not target.is_dir():
        os.replace(source, target)
        return
    with tempfile.TemporaryDirectory(
        prefix=".old-", dir=target.parent
    ) as aside:
        os.replace(target, Path(aside) / target.name)
        os.replace(source, target)
