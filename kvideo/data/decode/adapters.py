"""Other decoders behind the interface of PyAV's: `backend="opencv"`.

An adapter is a module with `count_frames(path)` and `read_frames(path,
indices, threads)`. Its library is imported when it is first used. PyAV is what
kvideo is tested with most; the others are for people who have them anyway, and
to compare with. What differs is in docs/decoding.md.
"""

import importlib
import os

from kvideo.data.decode.stream import check_file

_ADAPTERS = {
    "opencv": "kvideo.data.decode.with_opencv",
    "torchcodec": "kvideo.data.decode.with_torchcodec",
}
BACKENDS = ("pyav", *_ADAPTERS)


def adapter(backend, path):
    """The module of a backend other than `"pyav"`.

    Args:
        backend: one of `BACKENDS`.
        path: the file that is to be read.

    Raises:
        ValueError: no such backend, or a file object.
        ImportError: its library is not installed, or does not load.
        VideoDecodeError: there is no such file, or it is empty.
    """
    if backend not in _ADAPTERS:
        raise ValueError(
            f"`backend` should be one of {', '.join(BACKENDS)}. "
            f"Received: backend={backend!r}"
        )
    if hasattr(path, "read"):
        raise ValueError(
            'File objects are read by backend="pyav" only. '
            f"Received: backend={backend!r}"
        )
    check_file(os.fspath(path))
    return importlib.import_module(_ADAPTERS[backend])


def unavailable(backend, reason):
    """The ImportError for a library that cannot be imported."""
    return ImportError(
        f'backend="{backend}" needs a library that cannot be imported '
        f"({reason}). Install it with `pip install 'kvideo[{backend}]'`."
    )
