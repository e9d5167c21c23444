"""Processes that time one thing each and take turns.

A library's thread pool stays warm only in a process of its own, and peak
memory belongs to a process. So each candidate of a benchmark is a `Worker`:
the benchmark's script again, which answers one line on stdout for each line
on stdin through `serve`.
"""

import json
import math
import os
import subprocess
import sys
import threading
import time


class WorkerError(RuntimeError):
    """A worker failed, ended, or took too long; the message says which."""


class Worker:
    """A script in a process of its own.

    Args:
        script: Path of the script, which must call `serve`.
        *arguments: Its command line, strings.
    """

    def __init__(self, script, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        )

    def ask(self, question, seconds=None):
        """The answer to one question.

        Args:
            question: Anything that JSON holds.
            seconds: Patience; the worker is killed after it. None: no end.

        Raises:
            WorkerError: If there is no answer.
        """
        late = threading.Event()
        timer = threading.Timer(seconds or 0, self._give_up, (late,))
        if seconds:
            timer.start()
        try:
            line = self._exchange(json.dumps(question))
        finally:
            timer.cancel()
        if late.is_set():
            raise WorkerError(f"no answer within {seconds} s")
        if not line:
            raise WorkerError("the process ended (out of memory?)")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer["value"]

    def _give_up(self, late):
        late.set()
        self.process.kill()

    def _exchange(self, line):
        try:
            print(line, file=self.process.stdin, flush=True)
            return self.process.stdout.readline()
        except BrokenPipeError:
            return ""

    def close(self):
        """End the process."""
        try:
            self.process.stdin.close()
            self.process.wait(timeout=20)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def serve(answer):
    """Answer each line of JSON on stdin with `answer(question)`."""
    # What libraries print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            reply = {"value": answer(json.loads(line))}
        except Exception as error:
            first_line = f"{type(error).__name__}: {error}".splitlines()[0]
            reply = {"error": first_line[:200]}
        print(json.dumps(reply), file=answers, flush=True)


def set_threads(library, threads):
    """Hold this process and `library` ("tensorflow", "torch") to threads."""
    # TensorFlow's calling thread works beside its pool: hold it to the cores.
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))[-threads:]
        os.sched_setaffinity(0, cores)
    if library == "torch":
        import torch

        return torch.set_num_threads(threads)
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    return tf.config.threading.set_inter_op_parallelism_threads(threads)


def time_call(call, seconds, cpu_time=False):
    """Milliseconds of the fastest call among those that fit in `seconds`.

    Args:
        call: Function without arguments.
        seconds: 0: one call.
        cpu_time: Count the processor time of all threads instead.
    """
    clock = time.process_time if cpu_time else time.perf_counter
    fastest, end = math.inf, time.perf_counter() + seconds
    while fastest == math.inf or time.perf_counter() < end:
        start = clock()
        call()
        fastest = min(fastest, clock() - start)
    return 1000 * fastest


def peak_memory():
    """Most resident memory of this process so far in MB; None off Linux."""
    # Not `getrusage`: its maximum begins with that of the parent process.
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
    except OSError:
        return None
    return int(lines["VmHWM"].split()[0]) / 1024


def markdown(header, rows):
    """A Markdown table of strings."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
