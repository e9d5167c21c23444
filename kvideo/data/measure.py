"""Measures the way from video files to a network, stage by stage."""

import os
import statistics
import tempfile
import time

import numpy as np
import tensorflow as tf

from kvideo.data import decode, sampling, transforms
from kvideo.data import spec as specs
from kvideo.data.arguments import threads
from kvideo.data.cache import FrameCache
from kvideo.data.folders import video_files
from kvideo.data.pipeline import video_dataset_from_directory
from kvideo.data.rates import DataRates


def measure_rates(
    directory, spec, model=None, clips=32, batch_size=8, num_parallel_calls=None
):
    """Times each stage from the video files of a folder to a network.

    Wall time, so nothing else should run on the machine. Stages are measured
    one after another in one thread, the median over the clips counts; then the
    data set and the network, each alone and both together.

    Args:
        directory: folder with video files.
        spec: a `ClipSpec` of modality `"rgb"`.
        model: compiled `keras.Model` whose training steps are timed, with
            int32 labels; `None` for the data alone.
        clips: how many files to read at most, spread over the folder; broken
            ones are left out.
        batch_size: clips in a batch.
        num_parallel_calls: see `video_dataset`.

    Returns:
        A `DataRates`.

    Raises:
        ValueError: no video file that can be read, or flow.
    """
    if spec.modality != "rgb":
        raise ValueError(
            "Video files are measured, which hold RGB. "
            f"Received: modality={spec.modality!r}"
        )
    paths = _readable(directory, clips)
    calls, _ = threads(num_parallel_calls, None)
    infos = [decode.probe(path) for path in paths]
    dataset = video_dataset_from_directory(
        directory,
        labels=None,
        label_mode=None,
        batch_size=batch_size,
        clip_spec=spec,
        seed=0,
        num_parallel_calls=calls,
        verbose=False,
    )
    batches = -(-len(paths) // batch_size)
    dataset = dataset.take(batches)
    return DataRates(
        clips=len(paths),
        height=statistics.fmean(info.height for info in infos),
        width=statistics.fmean(info.width for info in infos),
        num_frames=statistics.fmean(info.num_frames for info in infos),
        key_frame_spacing=statistics.fmean(
            info.key_frame_spacing for info in infos
        ),
        clip_frames=spec.num_frames,
        clip_size=spec.frame_size,
        cores=threads(None, None)[0],
        num_parallel_calls=calls,
        **_stages(paths, spec, batch_size),
        **_cache(paths, spec),
        dataset=_rate(dataset, lambda batch: None),
        **_with_model(model, dataset, spec, batch_size),
    )


def _readable(directory, number):
    if not os.path.isdir(directory):
        raise FileNotFoundError(
            "`directory` should be a folder with video files. There is no "
            f"such folder. Received: directory='{directory}'"
        )
    paths = []
    for path in _spread(video_files(os.fspath(directory)), number):
        try:
            decode.count_frames(path)
            paths.append(path)
        except decode.VideoDecodeError:
            continue
    if not paths:
        raise ValueError(f"No video file can be read in '{directory}'.")
    return paths


def _spread(paths, number):
    places = np.linspace(0, len(paths) - 1, min(number, len(paths)))
    return [paths[round(place)] for place in places]


def _stages(paths, spec, batch_size):
    """Milliseconds a clip of decode, transform and transfer."""
    rows = [_one_clip(path, spec, decode) for path in paths]
    decoded, transformed, shapes = zip(*rows, strict=True)
    batch = np.zeros((batch_size, *shapes[0]), np.float32)
    return {
        "decode": statistics.median(decoded),
        "transform": statistics.median(transformed),
        "transfer": _transfer(batch) / batch_size,
    }


def _one_clip(path, spec, files):
    """(milliseconds of decoding, of the rest, shape of the clip)."""
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    frames = specs.read_frames(
        path, spec, lambda n: sampling.sample(n, spec, rng), files=files
    )
    middle = time.perf_counter()
    box = transforms.random_box(frames.shape[1:3], spec, rng)
    cut = transforms.crop(frames, box)
    clip = transforms.resize(cut, spec.frame_size, spec.interpolation)
    shape = clip.numpy().shape
    end = time.perf_counter()
    return 1000 * (middle - start), 1000 * (end - middle), shape


def _transfer(batch, runs=5):
    device = (tf.config.list_logical_devices("GPU") or [None])[0]
    name = device.name if device else "/CPU:0"
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        with tf.device(name):
            # The sum is one number: it has come back when all is there.
            float(tf.reduce_sum(tf.constant(batch)[..., :1, :1, :1]))
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def _cache(paths, spec, number=4):
    """Milliseconds of reading a clip from a cache, and of storing a video."""
    few = _spread(paths, number)
    with tempfile.TemporaryDirectory() as folder:
        try:
            files = FrameCache(folder)
        except ImportError:
            return {"cached": None, "store": None}
        stored = [_milliseconds(lambda p=p: files.count_frames(p)) for p in few]
        read = [_one_clip(path, spec, files)[0] for path in few * 2]
    return {
        "cached": statistics.median(read),
        "store": statistics.median(stored),
    }


def _with_model(model, dataset, spec, batch_size):
    if model is None:
        return {}
    shape = (batch_size, *model.input_shape[1:])
    clips = np.random.default_rng(0).random(shape, np.float32) * 255
    fixed = tf.data.Dataset.from_tensors(clips).repeat(5)

    def step(batch):
        model.train_on_batch(batch, np.zeros(len(batch), np.int32))

    step(clips)
    return {"model": _rate(fixed, step), "together": _rate(dataset, step)}


def _rate(dataset, step):
    """Clips a second of a pass, after one that warms up."""
    for _ in range(2):
        clips, start = 0, time.perf_counter()
        for batch in dataset:
            step(batch)
            clips += len(batch)
        seconds = time.perf_counter() - start
    return clips / seconds


def _milliseconds(call):
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)
