"""Calls in processes of their own, which may crash or hang.

Decoders are large C libraries, and a damaged file can end the process or keep
it busy for ever. Here that costs one file its answer and not the pass its end.
"""

import concurrent.futures
import contextlib
import dataclasses
import os
import pickle
import queue
import subprocess
import sys
import threading


@dataclasses.dataclass(frozen=True)
class Failure:
    """A call without an answer. `reason` says why, in words."""

    reason: str


def call_all(function, jobs, workers, timeout):
    """Calls a function for each job, in the order of the jobs.

    Args:
        function: a function of a module.
        jobs: list of tuples, its arguments.
        workers: processes at a time, a positive integer.
        timeout: seconds that a call may take.

    Yields:
        What the function returned, or a `Failure`.
    """
    idle = queue.SimpleQueue()
    for _ in range(workers):
        idle.put(_Worker())

    def call(job):
        worker = idle.get()
        try:
            return worker.call(function, job, timeout)
        finally:
            idle.put(worker)

    try:
        with concurrent.futures.ThreadPoolExecutor(workers) as threads:
            yield from threads.map(call, jobs)
    finally:
        while not idle.empty():
            idle.get().stop()


class _Worker:
    """A process, started at its first call and after each that it failed."""

    def __init__(self):
        self._process = None

    def call(self, function, job, timeout):
        message = pickle.dumps((function, job))
        if self._process is None:
            self._process = _start()
        process, late = self._process, threading.Event()

        def end():
            late.set()
            process.kill()

        timer = threading.Timer(timeout, end)
        timer.start()
        try:
            process.stdin.write(message)
            process.stdin.flush()
            return pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.stop()
        finally:
            timer.cancel()
        if late.is_set():
            return Failure(f"reading took longer than {timeout:g} seconds")
        return Failure(f"the decoder crashed (status {process.returncode})")

    def stop(self):
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _start():
    code = f"from {__name__} import serve; serve()"
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def serve():
    """The process: answers calls until its input ends."""
    # What libraries print must not get between the answers.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        while True:
            try:
                function, job = pickle.load(sys.stdin.buffer)
            except (EOFError, KeyboardInterrupt):
                return
            pickle.dump(_answer(function, job), answers)
            answers.flush()


def _answer(function, job):
    try:
        return function(*job)
    except Exception as error:
        return Failure(f"{type(error).__name__}: {error}")
