"""From the lines of an annotation file to a listing of files that exist."""

import csv
import io
import os
import unicodedata
import warnings

from kvideo.data.listing import Listing
from kvideo.data.texts import nfc, read_text


class Folders:
    """Whether files exist; each folder is read once.

    A list of half a million videos would otherwise ask the disk as often.
    """

    def __init__(self):
        self._names = {}

    def __contains__(self, path):
        folder, name = os.path.split(path)
        if folder not in self._names:
            try:
                self._names[folder] = set(os.listdir(folder or "."))
            except OSError:
                self._names[folder] = set()
        return name in self._names[folder]

    def first(self, paths):
        """The first of some paths that exists, or else the first."""
        return next((path for path in paths if path in self), paths[0])

    def as_stored(self, path):
        """A path as the disk has it, or as it is.

        Lists from Windows have backslashes, and macOS writes accents as
        letters of their own.
        """
        slashes = path.replace("\\", "/")
        forms = (unicodedata.normalize(f, slashes) for f in ("NFC", "NFD"))
        return self.first([path, slashes, *forms])


def make_listing(items, class_names=None, on_missing="skip", files=None):
    """The listing of annotated files, without those that are not there.

    Args:
        items: (path, label, segment) for each clip. `label` is the name of a
            class, a dictionary of such names, or `None`; all of one kind.
        class_names: names in the order of the labels, or a dictionary of such
            lists; or a file with a name on each line. `None`: the names in
            use, sorted.
        on_missing: `"skip"` warns of files that are not there, `"error"`
            raises.
        files: see `Listing`.

    Raises:
        FileNotFoundError: files are missing, or all of them are.
        ValueError: a label is no class name, or there is no item.
    """
    check_choice("on_missing", on_missing, ("skip", "error"))
    items = list(items)
    if isinstance(class_names, str | os.PathLike):
        class_names = read_lines(class_names)
    if not items:
        raise ValueError("The list names no video, or none of that subset.")
    here = Folders()
    items = [
        (here.as_stored(path), _named(label), part)
        for path, label, part in items
    ]
    kept = [item for item in items if item[0] in here]
    if len(kept) < len(items):
        _report([i[0] for i in items if i[0] not in here], items, on_missing)
    paths, names, segments = zip(*kept, strict=True)
    first, labels = names[0], None
    if isinstance(first, dict):
        columns = {key: [name[key] for name in names] for key in first}
        class_names = class_names or {k: _used(c) for k, c in columns.items()}
        labels = {k: _numbers(c, class_names[k]) for k, c in columns.items()}
    elif first is not None:
        class_names = class_names or _used([name for _, name, _ in items])
        labels = _numbers(names, class_names)
    whole = all(segment is None for segment in segments)
    return Listing(
        list(paths),
        labels,
        class_names,
        None if whole else list(segments),
        files,
    )


def _named(label):
    if isinstance(label, dict):
        return {key: nfc(name) for key, name in label.items()}
    return label and nfc(label)


def check_choice(name, value, allowed):
    """Raises a ValueError unless an argument has one of some values."""
    if value not in allowed:
        raise ValueError(
            f"`{name}` should be one of {', '.join(map(str, allowed))}. "
            f"Received: {name}={value!r}"
        )


def find(wanted, *paths):
    """The first of some paths that exists.

    Raises:
        FileNotFoundError: none does; `wanted` says in words what it is.
    """
    for path in paths:
        if os.path.exists(path):
            return os.fspath(path)
    raise FileNotFoundError(
        f"There is no {wanted}. Expected: "
        f"{' or '.join(repr(os.fspath(path)) for path in paths)}"
    )


def read_table(path, *columns):
    """The rows of a CSV file with a header, as dictionaries.

    Raises:
        ValueError: one of the columns that are needed is not there.
    """
    table = csv.DictReader(io.StringIO(read_text(path)))
    missing = [name for name in columns if name not in (table.fieldnames or ())]
    if missing:
        raise ValueError(
            f"'{path}' should have the columns {', '.join(columns)}. "
            f"Received: {', '.join(table.fieldnames or ['nothing'])}"
        )
    return list(table)


def read_lines(path):
    """The lines of a text file that are not empty, stripped."""
    lines = (line.strip() for line in read_text(path).splitlines())
    return [line for line in lines if line]


def _report(missing, items, on_missing):
    text = (
        f"{len(missing)} of {len(items)} listed files are not there: "
        f"{', '.join(missing[:3])}{', ...' * (len(missing) > 3)}."
    )
    if on_missing == "error" or len(missing) == len(items):
        raise FileNotFoundError(text)
    # Points at the caller of the function that makes the listing.
    warnings.warn(f"{text} They are left out.", stacklevel=4)


def _used(names):
    return sorted(set(names))


def _numbers(names, class_names):
    place = {nfc(name): number for number, name in enumerate(class_names)}
    unknown = sorted(set(names) - set(place))
    if unknown:
        raise ValueError(
            f"The list has labels that are no class names: {unknown[:3]}. "
            f"Expected: {list(class_names)[:10]}"
            f"{', ...' * (len(class_names) > 10)}"
        )
    return [place[name] for name in names]
