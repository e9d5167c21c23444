"""Files of others are as large as they should be, before they are read.

A few bytes may stand for gigabytes: what is compressed, arrays that are all
one number, texts that name a part of themselves many times.
"""

import os
import zipfile

# What compresses this well is no weights, no scores and no text of anybody.
MOST_TIMES = 100
FREE = 100_000_000  # bytes, of small files that compress well

CARD = 10_000_000  # bytes of JSON; a card with 20,000 class names has 1 MB


def check_size(path, most, what):
    """Raises a ValueError for a file that is too large to be what it should.

    Args:
        path: The file.
        most: Bytes.
        what: What it should be, such as "a card".
    """
    size = os.path.getsize(path)
    if size > most:
        raise ValueError(
            f"'{path}' has {size / 1e6:,.0f} MB and is not read: {what} has at "
            f"most {most / 1e6:,.0f} MB. Is it the file that was meant?"
        )


def read_text(path, most, what):
    """The text of a UTF-8 file, after `check_size`."""
    check_size(path, most, what)
    with open(path, encoding="utf-8") as file:
        return file.read()


def check_archive(path):
    """Raises a ValueError for a zip file that is far larger when unpacked.

    `zipfile` gives no more of an entry than the size that was summed up here.
    A file that is no zip file is left to whoever reads it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return
    check_unpacked(path, size)


def check_unpacked(path, size):
    """Raises a ValueError where `size` bytes are too many for a file."""
    stored = os.path.getsize(path)
    if size > FREE + MOST_TIMES * stored:
        raise ValueError(
            f"'{path}' has {stored / 1e6:,.1f} MB and would be "
            f"{size / 1e6:,.0f} MB in memory, which no network and no table "
            "is: it is not read. Get it again from a source that you trust."
        )


def read_entry(archive, name, most, path):
    """The bytes of an entry of a zip file that is open.

    Raises:
        ValueError: There are more than `most`.
    """
    with archive.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(
            f"'{name}' in '{path}' has more than {most / 1e6:,.0f} MB, which "
            "is too much for it: it is not read. Get the file again from a "
            "source that you trust."
        )
    return content
