"""Artefacts that appear whole or not at all, with their cards."""

import contextlib
from pathlib import Path

from kvideo.export.card import FILE_KINDS, card_path
from kvideo.export.checksums import sealed
from kvideo.staging import staged


@contextlib.contextmanager
def staged_artefact(path, card, overwrite=False):
    """`staged`, and the card with the artefact's checksums beside the draft."""
    path = Path(path)
    # Forms of one network share a card, so one process writes them.
    key = path.stem if path.suffix in FILE_KINDS else path.name
    with staged(path, overwrite, key) as draft:
        yield draft
        sealed(card, draft, path).save(card_path(draft))
