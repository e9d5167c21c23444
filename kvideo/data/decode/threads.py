"""How many threads one decoder should have."""

import os


def default_threads(num_parallel_calls):
    """Decoder threads that keep all cores busy, and no more.

    Files decoded side by side share nothing and so use the cores best: with
    as many files at a time as cores, each decoder gets 1 thread. Fewer files
    share out the cores that are left.

    Args:
        num_parallel_calls: files that are read at a time; `None` or a number
            below 1 (`tf.data.AUTOTUNE`) for as many as there are cores.

    Returns:
        An integer from 1 to 16; FFmpeg gains nothing from more.
    """
    cores = _cores()
    calls = num_parallel_calls or cores
    return max(1, min(16, cores // (calls if calls > 0 else cores)))


def _cores():
    # Those that this process may use: a container often has fewer.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
