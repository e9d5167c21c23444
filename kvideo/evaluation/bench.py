"""Time of one forward pass, as `kvideo info --bench` prints it."""

import os
import time

import numpy as np


def random_clip(shape, seed=0):
    """A batch of one clip of noise.

    Args:
        shape: (T, H, W, 3).
        seed: Of the noise.

    Returns:
        float32 array (1, T, H, W, 3) in [0, 255).
    """
    noise = np.random.default_rng(seed).random((1, *shape), "float32")
    return 255 * noise


def time_forward(model, clips, runs=10, warmup=3):
    """Seconds that a network takes for a batch, run by run.

    Runs `model.predict_on_batch`: the compiled graph, without training
    behaviour, until its output has arrived as an array.

    Args:
        model: A `keras.Model`.
        clips: Array (B, T, H, W, 3).
        runs: Number of runs that are timed.
        warmup: Number of runs before them; the first compiles the graph.

    Returns:
        List of `runs` seconds of wall time.
    Raises:
        ValueError: If `runs` is less than 1, or `warmup` than 0.
    """
    if runs < 1 or warmup < 0:
        raise ValueError(
            "`runs` must be at least 1 and `warmup` at least 0. Received: "
            f"runs={runs}, warmup={warmup}."
        )
    for _ in range(warmup):
        model.predict_on_batch(clips)
    return [_seconds(model, clips) for _ in range(runs)]


def _seconds(model, clips):
    start = time.perf_counter()
    model.predict_on_batch(clips)
    return time.perf_counter() - start


def available_cores():
    """CPU cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()
