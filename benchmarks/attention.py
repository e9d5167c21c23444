"""Memory and time of the attention layers beside their plain form.

    python benchmarks/attention.py                        # every row
    python benchmarks/attention.py --layers cosine --quick
    python benchmarks/attention.py --out table.md         # Markdown as well

The plain form is the same layer with the matrix of all weights held whole.
Each figure has a process of its own: what an earlier call has freed may stay
resident, and would be missed. Memory is the most that is resident during the
first call on a clip, less what is resident before it: the clip and the
layer's weights are not in it, the output is, and in training the gradients of
the clip and of all weights. Time is CPU time, of all threads together, the
least of all rounds in which both forms take turns: the machine may do other
work meanwhile. Linux alone: it reads /proc.
"""

import argparse
import ctypes
import sys
import time

from rich.console import Console
from rich.table import Table
from workers import Worker, WorkerError, markdown, peak_memory, serve

LAYERS = {
    "NonLocal": ("NonLocal", {}),
    "NonLocal concat": ("NonLocal", {"form": "concat"}),
    "RNL gaussian": ("RegionNonLocal", {"mode": "gaussian"}),
    "RNL cosine": ("RegionNonLocal", {"mode": "cosine"}),
    "RNL dot": ("RegionNonLocal", {"mode": "dot"}),
    "CPA": ("ConvPyramidAttention", {}),
}
SIZES = ((8, 7, 7), (8, 14, 14), (8, 28, 28), (16, 28, 28))
CANDIDATES = ("plain", "kvideo")
MODES = ("forward", "training")
CHANNELS = 512
# Seconds after which a call is not repeated within a round.
ROUND_SECONDS = 0.5
# Smallest size in a clip that the libraries start up with.
WARM_UP = (2, 2, 2)


def plain(queries, keys, values, weights="softmax", chunk=None):
    """`kvideo.ops.attend` with all weights at once."""
    import keras

    from kvideo import ops

    w = ops.attention_weights(queries, keys, weights)
    return keras.ops.matmul(w, values)


def make_call(layer, mode):
    import tensorflow as tf

    @tf.function(autograph=False)
    def forward(x):
        return layer(x, training=False)

    @tf.function(autograph=False)
    def training(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.gradient(y, [x, *layer.trainable_weights], y)

    return forward if mode == "forward" else training


def most_resident(call, x):
    """MB that a first call takes at most."""
    # The C library keeps what is freed: give it back first.
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # the peak is what is resident now
    before = peak_memory()
    call(x)
    return peak_memory() - before


def cpu_seconds(call, x, seconds):
    """Of the cheapest call among those that fit in `seconds`."""
    fewest, end = float("inf"), time.perf_counter() + seconds
    while fewest == float("inf") or time.perf_counter() < end:
        start = time.process_time()
        call(x)
        fewest = min(fewest, time.process_time() - start)
    return fewest


def work(candidate, row):
    """Answer "memory" or a number of seconds, for the mode asked for."""
    import numpy as np
    import tensorflow as tf

    from kvideo import layers, ops

    if candidate == "plain":
        ops.attend = plain
    kind, arguments = LAYERS[row]
    layer = getattr(layers, kind)(**arguments)

    def draw(*sizes):
        values = np.random.default_rng(0).normal(size=(1, *sizes, CHANNELS))
        return tf.constant(0.3 * values, "float32")

    layer(draw(*WARM_UP))
    calls = {mode: make_call(layer, mode) for mode in MODES}

    def answer(task):
        what, mode, *size = task
        x = draw(*size)
        if what == "memory":
            calls[mode](draw(*WARM_UP))
            return most_resident(calls[mode], x)
        return cpu_seconds(calls[mode], x, what)

    serve(answer)


def start(candidate, row):
    return Worker(__file__, "--worker", candidate, row)


def measure(row, size, mode, options):
    """Memory in MB and CPU seconds, {candidate: (memory, seconds)}."""
    workers = {c: start(c, row) for c in CANDIDATES}
    found = {}
    for candidate, worker in workers.items():
        found[candidate] = [ask(worker, ("memory", mode, *size))]
    for _ in range(options.rounds):
        for candidate, worker in workers.items():
            task = (0 if options.quick else ROUND_SECONDS, mode, *size)
            found[candidate].append(ask(worker, task))
    for worker in workers.values():
        worker.close()
    return {
        c: (memory, None if None in times else min(times))
        for c, (memory, *times) in found.items()
    }


def ask(worker, task):
    try:
        return worker.ask(task)
    except WorkerError as error:
        print(error, file=sys.stderr)
        return None


def table_rows(options):
    for row in LAYERS:
        if options.layers not in row:
            continue
        for size in SIZES:
            if options.sizes not in "x".join(map(str, size)):
                continue
            for mode in MODES:
                found = measure(row, size, mode, options)
                yield row, "x".join(map(str, size)), mode, *cells(found)


def cells(found):
    """Both memories, both times and the ratio of these, as text."""
    memories = [number(found[c][0], 0) for c in CANDIDATES]
    times = [found[c][1] for c in CANDIDATES]
    ratio = None if None in times else times[0] / times[1]
    return *memories, *(number(t, 3) for t in times), number(ratio, 2)


def number(value, digits):
    return "failed" if value is None else f"{value:.{digits}f}"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", default="", help="part of a row's name")
    parser.add_argument("--sizes", default="", help="part of TxHxW")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", help="write the table to this Markdown file")
    parser.add_argument(
        "--quick", action="store_true", help="one call in one round"
    )
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = 1 if options.quick else options.rounds
    return options


def main():
    options = parse_arguments()
    if options.worker:
        return work(*options.worker)
    header = ["layer", "clip", "mode", "plain MB", "kvideo MB"]
    header += ["plain CPU s", "kvideo CPU s", "plain / kvideo"]
    table = Table(*header, title=f"{CHANNELS} channels, float32")
    rows = []
    for row in table_rows(options):
        print(*row, sep="  ", file=sys.stderr, flush=True)
        rows.append(row)
        table.add_row(*row)
    Console().print(table)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write(markdown(header, rows))


if __name__ == "__main__":
    main()
