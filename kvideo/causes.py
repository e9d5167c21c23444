"""What was meant by an error that comes out of TensorFlow.

An error of ours inside a `tf.data` function arrives as one of TensorFlow's,
with the text of both tracebacks for a message; a full disk arrives as an
unknown error. `python_errors` gives them back as what they were.
"""

import collections
import errno
import functools
import re
import sys

# Errors of functions that TensorFlow calls, the latest last.
_raised = collections.deque(maxlen=8)
# (part of the message, class): what TensorFlow's file system reports.
_ERRNO = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES),
    *(errno.EPERM, errno.EIO),
)
_SYSTEM = (
    ("No space left on device", OSError),
    ("Disk quota exceeded", OSError),
    ("File too large", OSError),
    ("Read-only file system", OSError),
    ("Permission denied", PermissionError),
    ("Operation not permitted", PermissionError),
    ("No such file or directory", FileNotFoundError),
    ("Input/output error", OSError),
)


def remembered(function):
    """The function; what it raises inside TensorFlow is not lost.

    Args:
        function: What `tf.numpy_function` is going to call.
    """

    @functools.wraps(function)
    def call(*arguments):
        with _Remembering():
            return function(*arguments)

    return call


class _Remembering:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if error is not None:
            _raised.append(error)


class python_errors:
    """Inside, errors of TensorFlow become those of Python, where one fits.

    Args:
        what: Beginning of the message for those of the file system, such as
            `"Cannot write 'a'"`, also if they come from Python.
    """

    def __init__(self, what=None):
        self.what = what

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        found = python_error(error, self.what)
        if found is not None:
            raise found from None


def is_tensorflow(error):
    """Whether an error is one of TensorFlow's, which may not be loaded."""
    tf = sys.modules.get("tensorflow")
    errors = getattr(tf, "errors", None)
    return errors is not None and isinstance(error, errors.OpError)


def python_error(error, what=None):
    """The error of Python behind one of TensorFlow's, or None.

    Args:
        error: Any exception, or None.
        what: See `python_errors`.
    """
    if what and isinstance(error, OSError) and error.errno in _ERRNO:
        return _said(what, error.filename, error.strerror, type(error))
    if not is_tensorflow(error):
        return None
    text = error.message or ""
    for cause in reversed(_raised):
        if _first_line(cause) in text:
            _raised.clear()
            return cause
    for sign, kind in _SYSTEM:
        if sign in text:
            return _said(what, _line_with(text, sign), None, kind)
    return None


def _said(what, where, why, kind):
    """An error that says what, where, why and what to do, as far as known."""
    said = ": ".join(str(part) for part in (what, where, why) if part)
    then = "Make room or allow access, then try again."
    return kind(f"{said.rstrip('.')}. {then}")


def _first_line(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"


def _line_with(text, sign):
    line = next(line for line in text.splitlines() if sign in line)
    return re.sub(r"\{\{.*?\}\}|\[Op:.*?\]", "", line).strip()


def one_line(error):
    """The gist of an error of TensorFlow's that nothing is known about."""
    lines = (error.message or "").splitlines()
    # The last line with a text of its own; before it are places in code.
    wanted = [line for line in lines if line.strip()]
    wanted = [x for x in wanted if not x.lstrip().startswith(("File ", "["))]
    gist = wanted[0].strip() if wanted else type(error).__name__
    return f"TensorFlow reports {type(error).__name__}: {gist}"
