"""The end of one worker is the end of all, in one sentence.

TensorFlow notices a lost worker when it waits for its numbers, which is most
of the time; but not before all have met, and its threads can keep a process
from ending. So each worker looks itself whether the ports of the others are
open, and ends by force where they were and are no more.
"""

import atexit
import collections
import contextlib
import os
import socket
import sys
import threading

SECONDS = 2  # from one look to the next, and for one to take
MISSES = 3  # in a row are a loss


class WorkerLostError(ConnectionError):
    """Another worker of the training is no more."""


@contextlib.contextmanager
def together(addresses):
    """What the other workers do not survive, this one does not either.

    Args:
        addresses: `"host:port"` of all other workers.

    Raises:
        WorkerLostError: TensorFlow has noticed it. The process ends with
            status 1 as soon as Python has done all that is to be done.
    """
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(addresses, done), daemon=True)
    watch.start()
    try:
        yield
    except Exception as error:  # TensorFlow is loaded where there are workers
        if not _is_of_workers(error):
            raise
        atexit.register(_end_now)
        raise WorkerLostError(_sentence(addresses)) from None
    finally:
        done.set()


def _sentence(addresses):
    return (
        "Another worker of this training has ended, was killed or cannot be "
        f"reached ({', '.join(addresses)}), so this one ends too. Finished "
        "epochs are kept: start all workers again with `resume`."
    )


def _is_of_workers(error):
    from tensorflow import errors

    kinds = (
        *(errors.UnavailableError, errors.AbortedError, errors.CancelledError),
        *(errors.DeadlineExceededError, errors.InternalError),
    )
    return isinstance(error, kinds)


def _watch(addresses, done):
    """Looks until all is done, or one that was there is gone."""
    seen, misses = set(), collections.Counter()
    while not done.wait(SECONDS):
        for address in addresses:
            if _answers(address):
                seen.add(address)
                misses[address] = 0
            elif address in seen:
                misses[address] += 1
            if misses[address] >= MISSES and not done.is_set():
                _give_up(address)
                return


def _answers(address):
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS).close()
    except OSError:
        return False
    return True


def _give_up(address):
    print(f"Error: {_sentence([address])}", file=sys.stderr)
    _end_now()


def _end_now():
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)
