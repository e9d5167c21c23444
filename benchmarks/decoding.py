"""Time the way from H.264 files to clips beside other ways, on this machine.

    python benchmarks/decoding.py                        # videos of its own
    python benchmarks/decoding.py --videos data/sports   # those of a folder
    python benchmarks/decoding.py --rounds 2 --number 2  # a smoke run
    python benchmarks/decoding.py --out table.md         # Markdown as well

Two tables. *Frames*: the 8 frames of a clip out of a file, as uint8 RGB, in
test mode; all ways give equal arrays, which is checked. *Clips*: a pass of
`tf.data` over all files, resized and batched.

The ways take turns, file set by file set. What counts is processor time: other
work on the machine adds little to it. Each ratio divides the time of a way by
that of kvideo in the same round; above 1, kvideo is faster.

OpenCV (opencv-python-headless) and torchcodec are timed where they are
installed: they are no part of kvideo.
"""

import argparse
import functools
import importlib
import pathlib
import statistics
import tempfile
import time

import av
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table
from workers import markdown

from kvideo.data import (
    ClipSpec,
    FrameCache,
    decode,
    sampling,
    video_dataset_from_directory,
)
from kvideo.data.folders import video_files
from kvideo.data.resize import resize

SPEC = ClipSpec(num_frames=8, frame_size=(224, 224))
SIZE, LENGTH = (256, 340), 250
OURS = "kvideo"


def write_videos(folder, number):
    """Ten seconds each of a texture that moves, with noise; x264's defaults."""
    for seed in range(number):
        path = folder / f"{seed % 2}" / f"{seed}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        decode.write_video(path, moving_texture(seed, LENGTH))


def moving_texture(seed, length):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (1, 24, 32, 3), np.uint8)
    [texture] = resize(coarse, (SIZE[0] + 80, SIZE[1] + 80))
    frames = np.empty((length, *SIZE, 3), np.uint8)
    for number in range(length):
        angle = 2 * np.pi * number / length
        top, left = (int(40 * (1 + turn(angle))) for turn in (np.sin, np.cos))
        picture = texture[top : top + SIZE[0], left : left + SIZE[1]]
        noisy = picture + rng.normal(0, 2, picture.shape)
        frames[number] = noisy.clip(0, 255)
    return frames


def wanted(number):
    return sampling.sample(number, SPEC)


def pyav_all(path):
    """What is written first: all frames as arrays, then those wanted."""
    with av.open(path) as container:
        frames = [
            frame.to_ndarray(format="rgb24")
            for frame in container.decode(video=0)
        ]
    return np.stack([frames[i] for i in wanted(len(frames))])


def pyav_wanted(path):
    """What is written next: only the wanted frames become arrays."""
    with av.open(path) as container:
        places = set(wanted(container.streams.video[0].frames).tolist())
        return np.stack(
            [
                frame.to_ndarray(format="rgb24")
                for number, frame in enumerate(container.decode(video=0))
                if number in places
            ]
        )


def opencv(path, threads=None):
    """`grab` decodes, `retrieve` converts; FFmpeg's threads by default."""
    import cv2

    settings = [] if threads is None else [cv2.CAP_PROP_N_THREADS, threads]
    video = cv2.VideoCapture(path, cv2.CAP_FFMPEG, settings)
    places = wanted(int(video.get(cv2.CAP_PROP_FRAME_COUNT))).tolist()
    frames = []
    for number in range(places[-1] + 1):
        video.grab()
        if number in places:
            picture = video.retrieve()[1]
            frames.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    return np.stack(frames)


def torchcodec(path):
    from torchcodec.decoders import VideoDecoder

    video = VideoDecoder(path, dimension_order="NHWC", num_ffmpeg_threads=1)
    places = wanted(video.metadata.num_frames).tolist()
    return video.get_frames_at(places).data.numpy()


def kvideo_frames(files, path):
    return files.read_frames(path, wanted(files.count_frames(path)))


def frame_ways(cache_dir):
    """Name -> function from a path to the frames of its clip."""
    ways = {
        OURS: functools.partial(kvideo_frames, decode),
        "kvideo, JPEG cache": functools.partial(
            kvideo_frames, FrameCache(cache_dir)
        ),
        "PyAV, all frames": pyav_all,
        "PyAV, wanted frames": pyav_wanted,
    }
    if _loads("cv2"):
        ways["OpenCV"] = opencv
        ways["OpenCV, 1 thread"] = functools.partial(opencv, threads=1)
    if _loads("torchcodec.decoders"):
        ways["torchcodec, 1 thread"] = torchcodec
    return ways


def _loads(module):
    try:
        importlib.import_module(module)
    except (ImportError, OSError, RuntimeError) as error:
        print(f"Without {module}: {str(error).splitlines()[0]}")
        return False
    return True


def straightforward(paths, read):
    """A map with `tf.numpy_function` that reads, crops and resizes."""

    def load(path):
        frames = read(path.decode())
        side = min(frames.shape[1:3])
        top, left = ((size - side) // 2 for size in frames.shape[1:3])
        return frames[:, top : top + side, left : left + side]

    def clip(path):
        frames = tf.numpy_function(load, [path], tf.uint8)
        frames.set_shape((SPEC.num_frames, None, None, 3))
        return tf.image.resize(frames, SPEC.frame_size)

    dataset = tf.data.Dataset.from_tensor_slices(paths)
    dataset = dataset.map(clip, num_parallel_calls=tf.data.AUTOTUNE)
    return dataset.batch(4).prefetch(tf.data.AUTOTUNE)


def clip_ways(folder, paths, cache_dir):
    """Name -> data set of all clips."""
    ours = functools.partial(
        video_dataset_from_directory,
        folder,
        labels=None,
        batch_size=4,
        shuffle=False,
        clip_spec=SPEC,
        verbose=False,
    )
    return {
        OURS: ours(),
        "kvideo, JPEG cache": ours(cache_dir=cache_dir),
        "PyAV map, all frames": straightforward(paths, pyav_all),
        "PyAV map, wanted frames": straightforward(paths, pyav_wanted),
    }


def measure(calls, rounds, clips):
    """Milliseconds of processor time for a clip, {name: (rounds,)}."""
    for call in calls.values():
        call()
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            call()
            spent = time.process_time() - start
            times[name].append(1000 * spent / clips)
    return times


def rows_of(times):
    """Rows of cells: the way, its time, and its ratio to kvideo's."""
    rows = []
    for name, spent in times.items():
        ratios = [a / b for a, b in zip(spent, times[OURS], strict=True)]
        low, high = min(ratios), max(ratios)
        rows.append(
            [
                name,
                f"{statistics.median(spent):.1f}",
                f"{statistics.median(ratios):.2f} ({low:.2f}-{high:.2f})",
            ]
        )
    return rows


def check_equal(ways, path):
    """All ways give the same frames; JPEG's are near."""
    expected = ways[OURS](path)
    for name, read in ways.items():
        frames = read(path)
        apart = np.abs(frames.astype(int) - expected)
        if "JPEG" in name:
            print(f"{name}: mean difference {apart.mean():.2f} of 255")
        elif apart.any():
            raise SystemExit(f"{name} gives other frames of {path}.")


def report(folder, cache_dir, rounds):
    """{title: rows} of both tables."""
    paths = video_files(folder)
    ways = frame_ways(cache_dir)
    check_equal(ways, paths[0])
    reads = {
        name: functools.partial(_each, way, paths) for name, way in ways.items()
    }
    passes = {
        name: functools.partial(_drain, dataset)
        for name, dataset in clip_ways(folder, paths, cache_dir).items()
    }
    return {
        "Frames": rows_of(measure(reads, rounds, len(paths))),
        "Clips": rows_of(measure(passes, rounds, len(paths))),
    }


def _each(read, paths):
    for path in paths:
        read(path)


def _drain(dataset):
    for _ in dataset:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", help="Folder of videos; default: its own.")
    parser.add_argument("--number", type=int, default=8, help="Of its own.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", help="Markdown file to write.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.videos
        if folder is None:
            folder = pathlib.Path(scratch, "videos")
            write_videos(folder, options.number)
        cache_dir = pathlib.Path(scratch, "cache")
        tables = report(str(folder), cache_dir, options.rounds)
    header = ["Way", "CPU ms a clip", "Ratio to kvideo (range)"]
    text = ""
    for title, rows in tables.items():
        table = Table(*header, title=title)
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        text += f"### {title}\n\n{markdown(header, rows)}\n"
    if options.out:
        pathlib.Path(options.out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
