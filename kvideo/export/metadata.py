"""The card inside the file, for those who get the file alone.

- TFLite: a ZIP archive behind the model, which is where the TFLite metadata
  convention puts associated files; interpreters do not read that far.
  `unzip -p model.tflite labels.txt` shows the class names.
- ONNX: entries of the model's metadata, `metadata_props`.

Source: "TensorFlow Lite metadata", section on packing associated files.
Deviation: no `TFLITE_METADATA` table. Its schema describes images and text,
not clips; `card.json` says how a clip is made.
"""

import zipfile
import zlib
from pathlib import Path

from kvideo import bounds
from kvideo.export.card import Card, card_path
from kvideo.export.loaders import onnx_session

CARD = "card.json"
LABELS = "labels.txt"
ONNX_CARD = "card"


def append_to_tflite(path, card):
    """Puts `labels.txt`, a class name a line, and `card.json` behind it."""
    with zipfile.ZipFile(path, "a") as archive:
        # A ZipInfo has a fixed date: equal networks give equal files.
        archive.writestr(zipfile.ZipInfo(LABELS), _labels(card))
        archive.writestr(zipfile.ZipInfo(CARD), card.to_json())


def onnx_entries(card):
    """The entries of an ONNX file: `labels`, a name a line, and `card`."""
    return {"labels": _labels(card), ONNX_CARD: card.to_json()}


def read_card(path):
    """The card of an artefact: the one beside it, else the one inside.

    Args:
        path: A `.keras`, `.tflite` or `.onnx` file, a SavedModel directory,
            or the card itself, a `.json` file.

    Returns:
        A `Card`, or None where there is neither.

    Raises:
        ImportError: An `.onnx` file alone, without `kvideo[onnx]`.
        ValueError: A card or a file that cannot be read.
    """
    path = Path(path)
    beside = path if path.suffix == ".json" else card_path(path)
    if beside.is_file():
        return Card.load(beside)
    inside = _INSIDE.get(path.suffix)
    text = inside(path) if inside else None
    return Card.from_json(text) if text else None


def _labels(card):
    return "\n".join(card.class_names)


def _in_tflite(path):
    if not zipfile.is_zipfile(path):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if CARD not in archive.namelist():
                return None
            return bounds.read_entry(archive, CARD, bounds.CARD, path).decode()
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(
            f"The card in '{path}' is damaged ({error}). Export the network "
            "again, or put its card beside it."
        ) from error


def _in_onnx(path):
    try:
        session = onnx_session(path)
    except ImportError:
        raise
    except Exception as error:  # its errors have no class in common
        raise ValueError(
            f"'{path}' cannot be loaded; is it whole? {error}"
        ) from error
    return session.get_modelmeta().custom_metadata_map.get(ONNX_CARD)


_INSIDE = {".tflite": _in_tflite, ".onnx": _in_onnx}
