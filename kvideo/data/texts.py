"""Text files as people have them, and names that may be written in two ways."""

import codecs
import os
import unicodedata
import warnings

# Half a million lines of a list are 50 MB.
MAX_BYTES = 500_000_000

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_text(path):
    """The text of a file: UTF-8, UTF-16, or else Windows-1252 with a warning.

    Spreadsheets and older systems write the latter two.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is larger than any list, or no text.
    """
    size = os.path.getsize(path)
    if size > MAX_BYTES:
        raise ValueError(
            f"'{path}' has {size / 1e6:.0f} MB, which is no list of videos. "
            "Is it the file that was meant?"
        )
    with open(path, "rb") as file:
        data = file.read()
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = _windows(path, data)
    if "\0" in text:
        raise ValueError(
            f"'{path}' is no text: it holds zero bytes. Give a list in UTF-8."
        )
    return "\n".join(text.splitlines())


def nfc(text):
    """A name in the form in which letters and their accents are one.

    macOS writes the names of files in the other one, so that two equal names
    would not be equal.
    """
    return unicodedata.normalize("NFC", text)


def seconds(text):
    """`"00:01:02.5"`, `"1:02.5"` or `"62.5"` in seconds.

    Raises:
        ValueError: it is neither.
    """
    total = 0.0
    for part in text.strip().replace(",", ".").split(":"):
        total = 60 * total + float(part)
    return total


def _encoding(data):
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    # UTF-16 without its mark: one byte of each letter is zero.
    if data[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if data[:1] == b"\0" else "utf-8"


def _windows(path, data):
    warnings.warn(
        f"'{path}' is not in UTF-8 and was read as Windows-1252. Save it as "
        "UTF-8 if names in it look wrong.",
        stacklevel=4,
    )
    return data.decode("cp1252", errors="replace")
