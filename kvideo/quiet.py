"""What native libraries write to the error stream by themselves."""

import contextlib
import os
import sys
import tempfile


@contextlib.contextmanager
def quiet(show=False):
    """Inside, nothing comes to the error stream, not even from C++.

    Args:
        show: Whether all of it is shown in the end if the block fails.
    """
    with tempfile.TemporaryFile() as lines:
        sys.stderr.flush()
        screen = os.dup(2)
        os.dup2(lines.fileno(), 2)
        try:
            yield
        except Exception:
            if show:
                lines.seek(0)
                os.write(screen, lines.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)
