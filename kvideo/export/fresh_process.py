"""An artefact in a fresh process, where nothing of its network is loaded.

A process that has built the network could hide what is missing from the file,
so the artefact is loaded by a new interpreter::

    python -m kvideo.export.fresh_process ARTEFACT CLIPS.npy OUT.npz

It ends when its standard input does, which is when the process that started
it is no more.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from kvideo.export.artefacts import load_artefact

RUNS = 5  # of one clip, of which the median counts


class ArtefactError(RuntimeError):
    """An artefact does not run, or does not say what its network says."""


def predict_in_fresh_process(clips, artefact_path):
    """Returns the artefact's probabilities from a new Python interpreter.

    Args:
        clips: float32 (B, T, H, W, 3) in [0, 255], or the path of an `.npy`
            file that holds them.
        artefact_path: Anything that `load_artefact` takes.

    Raises:
        ArtefactError: The process failed; the message ends with its last lines.
    """
    return run_in_fresh_process(clips, artefact_path)[0]


def run_in_fresh_process(clips, artefact_path):
    """As `predict_in_fresh_process`; and the milliseconds for one clip."""
    with tempfile.TemporaryDirectory() as folder:
        if not isinstance(clips, str | Path):
            np.save(Path(folder) / "clips.npy", np.asarray(clips, "float32"))
            clips = Path(folder) / "clips.npy"
        out = Path(folder) / "out.npz"
        command = [
            "-m",
            "kvideo.export.fresh_process",
            artefact_path,
            clips,
            out,
        ]
        with _open_while_alive() as lifeline:
            done = subprocess.run(
                [sys.executable, *map(str, command)],
                stdin=lifeline,
                capture_output=True,
                text=True,
                errors="replace",
            )
        if done.returncode:
            tail = "\n".join(done.stderr.splitlines()[-5:])
            raise ArtefactError(
                f"'{artefact_path}' does not work in a fresh process "
                f"(exit status {done.returncode}):\n{tail}"
            )
        with np.load(out) as found:
            return found["probabilities"], float(found["milliseconds"])


@contextlib.contextmanager
def _open_while_alive():
    """The end of a pipe to read from; the other is open while we live."""
    read, write = os.pipe()
    try:
        yield read
    finally:
        os.close(read)
        os.close(write)


def _end_with_parent():
    """Ends this process when its standard input ends."""

    def wait():
        # Not through `sys.stdin`, whose lock would be held at the end.
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def compare_in_fresh_process(reference_probabilities, clips, artefact_path):
    """Returns the largest absolute difference in probability.

    Args:
        reference_probabilities: (B, classes), what the Keras network says.
        clips: As in `predict_in_fresh_process`.
        artefact_path: Anything that `load_artefact` takes.

    Raises:
        ArtefactError: The process failed.
        ValueError: The artefact has another number of classes.
    """
    found = predict_in_fresh_process(clips, artefact_path)
    return largest_difference(np.asarray(reference_probabilities), found)


def largest_difference(reference, found):
    """Of two arrays (B, classes); `ValueError` where the shapes differ."""
    if reference.shape != found.shape:
        raise ValueError(
            f"The network returned probabilities of shape {reference.shape}, "
            f"the artefact of shape {found.shape}."
        )
    return float(np.abs(reference - found).max())


def milliseconds(run, clips, runs=RUNS):
    """Median time for one clip, after a first run that is not timed."""
    run(clips[:1])
    return 1000 * statistics.median(_seconds(run, clips) for _ in range(runs))


def _seconds(run, clips):
    start = time.perf_counter()
    run(clips[:1])
    return time.perf_counter() - start


def main(artefact_path, clips_path, out_path):
    """Predicts the clips of an `.npy` file; writes what it found and when."""
    artefact, clips = load_artefact(artefact_path), np.load(clips_path)
    probabilities = artefact.predict(clips)
    np.savez(
        out_path,
        probabilities=probabilities,
        milliseconds=milliseconds(artefact.run, clips),
    )


if __name__ == "__main__":
    _end_with_parent()
    main(*sys.argv[1:])
