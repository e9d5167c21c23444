"""Files that were cut or changed, told in one sentence."""

import contextlib
import csv
import struct
import zipfile
import zlib

# What readers of zip archives, arrays, JSON, YAML and CSV raise at what is no
# such file, or only a part of one. (`yaml.YAMLError` and `json` are no
# imports of this module: the first is named by whoever reads YAML.)
DAMAGE = (
    *(ValueError, LookupError, TypeError, EOFError, AttributeError),
    *(NotImplementedError, RuntimeError, struct.error, csv.Error),
    *(zipfile.BadZipFile, zlib.error),
)


@contextlib.contextmanager
def reading(path, then, also=()):
    """What fails inside becomes a `ValueError` about a damaged file.

    Args:
        path: What is read.
        then: What to do about it, a sentence without its full stop.
        also: Further classes of errors.

    Raises:
        ValueError: It could not be read.
        OSError: As it comes: the file is gone, or may not be read.
    """
    try:
        yield
    except (*DAMAGE, *also) as error:
        said = str(error).strip().splitlines()
        found = f"{type(error).__name__}: {said[0] if said else 'no data'}"
        raise ValueError(
            f"'{path}' is damaged, cut, or was written by something else "
            f"({found}). {then}."
        ) from error
