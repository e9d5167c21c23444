"""Files to leave out: a text that `kvideo doctor` writes and loaders read.

One file on each line: its path, a tab, and the reason. Paths are relative to
the folder of the text where they are below it, so both can be moved together.
Lines that start with `#` are comments. People may add lines.
"""

import os

from kvideo.data.texts import read_text
from kvideo.files import write_atomically

_HEAD = (
    "# Files to leave out: path, tab, reason. "
    "Read by `quarantine=` of kvideo's data sets.\n"
)


def write_quarantine(path, reasons):
    """Writes a list of files to leave out, also an empty one.

    Args:
        path: the text to write; its folder is made.
        reasons: dictionary from the paths of files to reasons.

    Raises:
        ValueError: the path of a file that a line cannot hold.
    """
    folder = os.path.dirname(os.path.abspath(path))
    lines = [_HEAD]
    for file, reason in reasons.items():
        name = _relative(os.path.abspath(file), folder)
        if len(name.splitlines()) != 1 or "\t" in name or name[0] in "# ":
            raise ValueError(
                "A path with a tab or a line break in it cannot stand in a "
                f"quarantine list. Rename the file. Received: {file!r}"
            )
        lines.append(f"{name}\t{' '.join(reason.split())}\n")
    write_atomically(path, "".join(lines).encode("utf-8"))


def _relative(file, folder):
    inside = os.path.commonpath([file, folder]) == folder
    return os.path.relpath(file, folder) if inside else file


def read_quarantine(path):
    """{absolute path: reason} of the files to leave out.

    Raises:
        FileNotFoundError: there is no such list.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(
            "`quarantine` should be a list that `kvideo doctor --quarantine` "
            f"wrote. There is no such file. Received: quarantine='{path}'"
        )
    folder = os.path.dirname(os.path.abspath(path))
    reasons = {}
    for line in read_text(path).splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition("\t")
            file = os.path.normpath(os.path.join(folder, name.strip()))
            reasons[file] = reason.strip()
    return reasons


def without_quarantined(listing, path):
    """The listing without the files of a quarantine list.

    Raises:
        FileNotFoundError: there is no such list.
        ValueError: no file is left.
    """
    reasons = read_quarantine(path)
    kept = [
        number
        for number, file in enumerate(listing.file_paths)
        if os.path.abspath(file) not in reasons
    ]
    if not kept:
        raise ValueError(
            "All files of the listing are in quarantine. "
            f"Received: quarantine='{path}'"
        )
    return listing.take(kept)
