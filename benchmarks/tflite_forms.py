"""What the forms of a TFLite file cost and keep, beside Keras and ONNX.

    python benchmarks/tflite_forms.py RUN VIDEOS CALIBRATION [--clips 96]

exports a trained run in every form and measures each in a process of its own,
with one and two threads: accuracy on the clips of VIDEOS, agreement with
Keras, milliseconds a clip (the least of 30 runs), peak memory of the process.
int8 is calibrated on 64 clips of CALIBRATION. Prints a Markdown table.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

# Without TensorFlow, which would count in the memory of those that need none.
from kvideo.export import load_artefact

FORMATS = (
    *("saved_model", "tflite", "onnx"),
    *("tflite_float16", "tflite_dynamic", "tflite_int8"),
)
THREADS = (1, 2)
RUNS = 30


def measure(path, clips_path, threads):
    """Prints milliseconds and peak megabytes; writes the probabilities."""
    artefact = load_artefact(path, threads)
    clips = np.load(clips_path, mmap_mode="r")
    least = min(
        _seconds(artefact.run, np.array(clips[:1])) for _ in range(RUNS)
    )
    memory = peak_megabytes()  # before the other clips are read
    found = [artefact.run(np.array(clip[None])) for clip in clips]
    np.save(f"{clips_path}.out.npy", np.concatenate(found))
    print(1000 * least, memory)


def _seconds(run, clip):
    """Of one run; the least of several is free of other programs' work."""
    start = time.perf_counter()
    run(clip)
    return time.perf_counter() - start


def peak_megabytes():
    """Of this process, from Linux' /proc."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def in_a_process(path, clips_path, threads):
    """(probabilities, milliseconds, megabytes) of an artefact."""
    words = ("--measure", path, clips_path, threads)
    done = subprocess.run(
        [sys.executable, __file__, *map(str, words)],
        env=os.environ | thread_settings(threads),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    least, memory = map(float, done.stdout.split()[-2:])
    return np.load(f"{clips_path}.out.npy"), least, memory


def thread_settings(threads):
    """TensorFlow takes its threads from the environment."""
    names = ("OMP_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP")
    return {f"{name}_THREADS": str(threads) for name in names}


def table(rows):
    """Lines of Markdown; a row is (name, megabytes, accuracy, agreement, ...).

    The last cells are milliseconds for each of `THREADS`, and memory.
    """
    head = ["Form", "MB", "Top-1", "Same as Keras"]
    head += [f"ms, {n} thread{'s' * (n > 1)}" for n in THREADS]
    head += ["Peak MB"]
    lines = [head, ["---"] * len(head)]
    for name, size, accuracy, same, *times, memory in rows:
        lines.append(
            [name, f"{size:.2f}", f"{accuracy:.1%}", f"{same:.1%}"]
            + [f"{least:.1f}" for least in times]
            + [f"{memory:.0f}"]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def row(name, path, size, clips_path, labels, reference):
    """A row of the table, and the probabilities."""
    done = [in_a_process(path, clips_path, n) for n in THREADS]
    found = done[0][0].argmax(axis=1)
    reference = found if reference is None else reference
    accuracy, same = np.mean(found == labels), np.mean(found == reference)
    times = [least for _, least, _ in done]
    return (name, size, accuracy, same, *times, done[0][2]), found


def run(network, videos, calibration, number):
    """The table of a trained run."""
    from kvideo.export import export_all, folder_clips, read_card
    from kvideo.export.loaders import load_network

    network = Path(network) / "model.keras"
    card = read_card(network)
    per_class = max(number // len(card.class_names), 1)
    clips, labels = [], []
    for label, name in enumerate(card.class_names):
        found = list(folder_clips(Path(videos) / name, card, per_class))
        clips += found
        labels += [label] * len(found)
    clips = np.stack(clips)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "clips.npy", clips)
        results = export_all(
            *(load_network(network), card, folder, FORMATS),
            clips=clips[:: max(1, len(clips) // 16)],
            calibration=folder_clips(calibration, card, 64),
        )
        size = network.stat().st_size
        files = [("keras", network, size)]
        files += [(r.format, r.path, r.size_bytes) for r in results]
        rows, reference = [], None
        for name, path, size in files:
            cells, found = row(
                *(name, path, size / 1e6, Path(folder) / "clips.npy"),
                *(np.asarray(labels), reference),
            )
            reference = found if reference is None else reference
            rows.append(cells)
    return table(rows)


def main():
    if sys.argv[1] == "--measure":
        path, clips_path, threads = sys.argv[2:]
        measure(path, clips_path, int(threads))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("videos")
    parser.add_argument("calibration")
    parser.add_argument("--clips", type=int, default=96)
    options = parser.parse_args()
    print(
        run(
            *(options.network, options.videos, options.calibration),
            options.clips,
        )
    )


if __name__ == "__main__":
    main()
