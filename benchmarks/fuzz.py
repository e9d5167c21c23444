"""Damaged video files: each must end in frames or in a named error.

    python benchmarks/fuzz.py --variants 2000

Small files are encoded, one for each of several containers and codecs, and
damaged: cut short, bits turned, blocks set to zero, begun with the start of
another file. A worker process reads each variant in all the ways that
`kvideo.data.decode` offers, and has ten seconds for it. A variant fails that
ends in another error than `VideoDecodeError`, that kills the worker, or that
outlasts the ten seconds; `--keep FOLDER` keeps it.

Prints how the variants ended, by container and by damage. The exit status is 1
where one failed. The same seed makes the same variants.
"""

import argparse
import collections
import pathlib
import shutil
import sys
import tempfile

import numpy as np
from workers import Worker, WorkerError, markdown, serve

from kvideo.data import decode

SECONDS = 10
MEMORY = 4 * 2**30  # bytes of address space of a worker
ENDINGS = ("frames", "named error", "other error", "crash", "too late")

# file name -> encoder, options
ORIGINALS = {
    "h264.mp4": ("libx264", {"g": "8", "bf": "3"}),
    "h264.mkv": ("libx264", {"g": "8", "bf": "3"}),
    "hevc.mp4": ("libx265", {"x265-params": "keyint=8:log-level=none"}),
    "mpeg4.avi": ("mpeg4", {"g": "8"}),
    "mjpeg.mov": ("mjpeg", {}),
    "vp8.webm": ("libvpx", {"g": "8"}),
    "vp9.webm": ("libvpx-vp9", {"g": "8", "cpu-used": "8"}),
    "gif.gif": ("gif", {}),
}


def encode_originals(folder):
    """Writes `ORIGINALS`, 24 frames of 64x48; returns name -> content."""
    noise = np.random.default_rng(0).integers(0, 255, (24, 6, 8, 3), np.uint8)
    frames = noise.repeat(8, axis=1).repeat(8, axis=2)
    contents = {}
    for name, (codec, options) in ORIGINALS.items():
        path = pathlib.Path(folder) / name
        decode.write_video(path, frames, codec=codec, options=options)
        contents[name] = path.read_bytes()
    return contents


def truncated(content, other, rng):
    return content[: rng.integers(1, len(content))]


def bits_turned(content, other, rng):
    """1, 2, 4 ... or 64 bits; half of the time all in the first kilobyte."""
    data = np.frombuffer(content, np.uint8).copy()
    end = min(1024, len(data)) if rng.integers(2) else len(data)
    places = rng.integers(0, end, 2 ** rng.integers(0, 7))
    np.bitwise_xor.at(data, places, 1 << rng.integers(0, 8, len(places)))
    return data.tobytes()


def zeroed(content, other, rng):
    """1 to 4 blocks of 1, 2, 4 ... or 512 bytes."""
    data = np.frombuffer(content, np.uint8).copy()
    for start in rng.integers(0, len(data), rng.integers(1, 5)):
        data[start : start + 2 ** rng.integers(0, 10)] = 0
    return data.tobytes()


def header_swapped(content, other, rng):
    """The start of another file, of up to a kilobyte, on this one."""
    length = int(rng.integers(4, 1025))
    return other[:length] + content[length:]


DAMAGES = (truncated, bits_turned, zeroed, header_swapped)


def variants(contents, number, seed):
    """Yields (name of the original, name of the damage, bytes)."""
    names = list(contents)
    for count in range(number):
        rng = np.random.default_rng((seed, count))
        name = names[count % len(names)]
        damage = DAMAGES[count // len(names) % len(DAMAGES)]
        other = contents[rng.choice([n for n in names if n != name])]
        yield name, damage.__name__, damage(contents[name], other, rng)


def read(path):
    """What a worker does with a file: "frames" or "named error"."""
    places = np.arange(0, 24, 3)
    calls = (
        lambda: decode.probe(path),
        lambda: decode.frame_times(path),
        lambda: decode.count_frames(path),
        lambda: sum(1 for _ in decode.iterate_frames(path)),
        lambda: decode.read_frames(path, places),
        lambda: decode.read_frames(path, places, threads=2),
    )
    endings = [_ending(call) for call in calls]
    return endings[4]


def _ending(call):
    try:
        call()
    except decode.VideoDecodeError:
        return "named error"
    return "frames"


class Reader:
    """Workers, one after the other: each serves until it fails."""

    def __init__(self):
        self.worker = None

    def ending(self, path):
        """(one of `ENDINGS`, what went wrong or None)."""
        if self.worker is None:
            self.worker = Worker(__file__, "--worker")
            self.worker.ask(None)  # the seconds begin after its imports
        try:
            return self.worker.ask(str(path), SECONDS), None
        except WorkerError as error:
            text = str(error)
        if text.startswith("no answer"):
            ending = "too late"
        elif text.startswith("the process ended"):
            ending = "crash"
        else:
            return "other error", text
        self.close()
        return ending, text

    def close(self):
        if self.worker is not None:
            self.worker.close()
            self.worker = None


def run(number, seed=0, keep=None, say=print):
    """Reads the variants; returns a Counter of (original, damage, ending)."""
    ended, reader = collections.Counter(), Reader()
    with tempfile.TemporaryDirectory() as folder:
        contents = encode_originals(folder)
        for count, (name, damage, data) in enumerate(
            variants(contents, number, seed)
        ):
            path = pathlib.Path(folder) / f"{count}-{damage}-{name}"
            path.write_bytes(data)
            ending, wrong = reader.ending(path)
            ended[name, damage, ending] += 1
            if wrong:
                say(f"{path.name}: {ending}: {wrong}")
                if keep:
                    shutil.copy(path, keep)
            path.unlink()
        reader.close()
    return ended


def table(ended):
    """Markdown: a row for each original and each damage."""
    rows = []
    for axis in (0, 1):
        for key in dict.fromkeys(entry[axis] for entry in ended):
            part = collections.Counter()
            for entry, count in ended.items():
                part[entry[2]] += count * (entry[axis] == key)
            rows.append([key, *(str(part[ending]) for ending in ENDINGS)])
    total = collections.Counter()
    for entry, count in ended.items():
        total[entry[2]] += count
    rows.append(["all", *(str(total[ending]) for ending in ENDINGS)])
    return markdown(["", *ENDINGS], rows)


def failures(ended):
    """How many variants ended in none of the first two ways."""
    return sum(n for entry, n in ended.items() if entry[2] in ENDINGS[2:])


def _serve():
    # A damaged size must not take the machine's memory.
    try:
        import resource
    except ImportError:  # Windows
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    serve(lambda path: path and read(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", help="folder for the files that failed")
    parser.add_argument("--worker", action="store_true")
    arguments = parser.parse_args()
    if arguments.worker:
        return _serve()
    if arguments.keep:
        pathlib.Path(arguments.keep).mkdir(parents=True, exist_ok=True)
    ended = run(arguments.variants, arguments.seed, arguments.keep)
    print(table(ended))
    sys.exit(1 if failures(ended) else 0)


if __name__ == "__main__":
    main()
