"""One process at a time: locks that end with the process that holds them.

The lock is the operating system's (`flock`, on Windows a locked byte), on a
file that says who holds it. However a process ends, its lock ends with it, so
no lock is ever left over: the file alone means nothing.
"""

import contextlib
import datetime
import errno
import os
import shlex
import socket
import sys
import warnings
from pathlib import Path

if os.name == "nt":
    import msvcrt
else:
    import fcntl

FOLDER_LOCK = ".kvideo.lock"  # of a whole folder, inside it
# On Windows nobody may read a locked byte: one far behind the text.
_BYTE = 1 << 30
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_UNKNOWN = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


class LockedError(OSError):
    """Another process writes there."""


@contextlib.contextmanager
def locked(path, target, wait=False):
    """Keeps all other processes, and threads, out while the block runs.

    Where the file system has no locks there is a warning, and nobody is kept
    out.

    Args:
        path: The file of the lock; its folder is there.
        target: What is locked, as the message names it.
        wait: Wait until the other one has ended, instead of refusing.

    Raises:
        LockedError: Another one holds it; the message says who.
        OSError: The file cannot be written.
    """
    path = Path(path)
    file = _open_locked(path, target, wait)
    try:
        _sign(file)
        yield
    finally:
        # Before the lock ends: the next one to come makes a new file.
        with contextlib.suppress(OSError):
            path.unlink()
        file.close()


def folder_lock(folder):
    """`locked` for all of a folder, which is there."""
    return locked(Path(folder) / FOLDER_LOCK, folder)


def _open_locked(path, target, wait):
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        file = os.fdopen(handle, "r+b", buffering=0)
        try:
            _lock(file, path, wait)
        except OSError as error:
            holder = _holder(file)
            file.close()
            if error.errno not in _TAKEN:
                raise
            raise LockedError(
                f"'{target}' is being written by {holder}. Wait until it has "
                "ended, or give another place."
            ) from error
        if _is_at(file, path):
            return file
        # Its last holder has removed it since.
        file.close()


def _lock(file, path, wait):
    try:
        if os.name == "nt":
            file.seek(_BYTE)
            kind = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK
            msvcrt.locking(file.fileno(), kind, 1)
        else:
            now = 0 if wait else fcntl.LOCK_NB
            fcntl.flock(file, fcntl.LOCK_EX | now)
    except OSError as error:
        if error.errno not in _UNKNOWN:
            raise
        warnings.warn(
            f"The file system of '{path}' has no locks "
            f"({error.strerror}): see to it yourself that no two processes "
            "write there.",
            stacklevel=2,
        )


def _is_at(file, path):
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def _sign(file):
    """Says who holds the lock. On a full disk it holds without a word."""
    now = datetime.datetime.now().isoformat(" ", timespec="seconds")
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200]
    text = (
        f"process {os.getpid()} on {socket.gethostname()} (`{command}`), "
        f"since {now}"
    )
    with contextlib.suppress(OSError):
        file.truncate(0)
        file.write(text.encode())


def _holder(file):
    file.seek(0)
    text = file.read(1000).decode(errors="replace")
    return text or "another process"
