"""Two paths change places, in one step where the system can do that."""

import ctypes
import os
import sys
from pathlib import Path

# linux/fs.h and sys/stdio.h.
_AT_FDCWD = {"linux": -100, "darwin": -2}
_EXCHANGE = {"linux": ("renameat2", 2), "darwin": ("renameatx_np", 2)}


def exchange(first, second, aside):
    """`first` is what `second` was, and the other way round.

    Linux and macOS do it in one step. Elsewhere, and on file systems that
    cannot, `second` is at `aside` in between; whoever finds something there
    and nothing at `second` moves it back.

    Args:
        first, second, aside: Paths on one file system. Nothing is at `aside`.

    Raises:
        OSError: Nothing could be moved.
    """
    if _exchanged(first, second):
        return
    Path(aside).parent.mkdir(exist_ok=True)
    os.replace(second, aside)
    try:
        os.replace(first, second)
    except OSError:
        os.replace(aside, second)
        raise
    os.replace(aside, first)


def _exchanged(first, second):
    name, flag = _EXCHANGE.get(sys.platform, (None, None))
    rename = name and getattr(ctypes.CDLL(None), name, None)
    if rename is None:
        return False
    here = _AT_FDCWD[sys.platform]
    paths = (os.fsencode(first), os.fsencode(second))
    return rename(here, paths[0], here, paths[1], flag) == 0
