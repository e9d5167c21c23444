"""TV-L1 flow of the cached videos, for the representation that needs it."""

import concurrent.futures
import itertools
import multiprocessing
import os

import numpy as np

from kvideo.data import flow

GREY = np.array([0.299, 0.587, 0.114], "float32")  # ITU-R BT.601


def flow_of(video):
    """The flow of a video from frame to frame, as bytes.

    Args:
        video: uint8 (T, H, W, 3).

    Returns:
        uint8 (T - 1, H, W, 2), see `kvideo.data.flow`.
    """
    grey = np.rint(video @ GREY).astype("uint8")
    fields = [flow.tv_l1(*pair) for pair in itertools.pairwise(grey)]
    return flow.to_bytes(np.stack(fields))


def flow_of_all(data, path):
    """The flow of all videos of all splits, computed once.

    A 64x64 field takes 35 ms on one CPU core: 480 and 320 videos of 50 frames
    23 minutes of them. Needs scikit-image.

    Args:
        data: {split: (videos, labels)}, as `evidence.decoded` gives it.
        path: `.npz` file to read, or to write if there is none.

    Returns:
        The same with flow for videos.
    """
    if not path.exists():
        arrays = {split: _flow(videos) for split, (videos, _) in data.items()}
        partial = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(partial, **arrays)
        partial.replace(path)
    with np.load(path) as stored:
        return {split: (stored[split], data[split][1]) for split in data}


def _flow(videos):
    # TensorFlow, which has threads, does not survive a fork.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(mp_context=context) as pool:
        return np.stack(list(pool.map(flow_of, videos, chunksize=4)))
