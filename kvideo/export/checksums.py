"""SHA-256 of an artefact's files: is it whole, and the one its card means?"""

import dataclasses
import hashlib
from pathlib import Path

from kvideo.export.card import Card, card_path


def file_checksums(path):
    """Returns `{name: hexadecimal SHA-256}` of an artefact's files.

    The card is not among them. A file has its name; the files of a directory
    have their paths below it, with `/`.
    """
    path = Path(path)
    if not path.is_dir():
        return {path.name: _sha256(path)}
    files = sorted(file for file in path.rglob("*") if file.is_file())
    card = card_path(path)
    return {
        file.relative_to(path).as_posix(): _sha256(file)
        for file in files
        if file != card
    }


def sealed(card, draft, path):
    """Returns the card with the checksums of the artefact's files.

    Forms of one network that share a card (`model.tflite`, `model.onnx`) keep
    each other's, as long as the files are there.

    Args:
        card: A `Card`.
        draft: Where the artefact is now.
        path: Where it is going to be.
    """
    path = Path(path)
    checksums = _of_siblings(path) | file_checksums(draft)
    return dataclasses.replace(card, checksums=checksums)


def check_files(path, card):
    """Raises `ValueError` where a file is not the one that the card names.

    Files that the card does not name are not looked at.
    """
    path = Path(path)
    folder, names = path, card.checksums
    if not path.is_dir():
        folder = path.parent
        names = [name for name in names if name == path.name]
    wrong = [
        name
        for name in names
        if not (folder / name).is_file()
        or _sha256(folder / name) != card.checksums[name]
    ]
    if wrong:
        raise ValueError(
            f"'{path}' is damaged or was replaced: of {', '.join(wrong)} the "
            f"SHA-256 is not the one in '{card_path(path)}'. Copy or export "
            "it again."
        )


def _of_siblings(path):
    beside = card_path(path)
    if beside.parent != path.parent or not beside.is_file():
        return {}
    return {
        name: checksum
        for name, checksum in Card.load(beside).checksums.items()
        if (path.parent / name).is_file()
    }


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
