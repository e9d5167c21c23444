"""Time kvideo's convolutions beside plain Keras and PyTorch, on this machine.

    python benchmarks/conv.py                       # every shape
    python benchmarks/conv.py --shapes x3d --quick  # a smoke run
    python benchmarks/conv.py --out table.md        # Markdown as well

Each candidate runs in a process of its own, and the processes take turns
round by round. Figures are the fastest call of all rounds: other work on the
machine only ever adds to a time, and it does not add alike, because PyTorch's
threads wait for one another. The ratios divide another library's time by
ours: above 1, kvideo is faster. PyTorch is timed only where it is installed.
"""

import argparse
import importlib.util
import sys
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from workers import Worker, markdown, serve, set_threads, time_call


class Shape(NamedTuple):
    """One convolution: the clip without its batch axis, and the settings."""

    clip: tuple[int, int, int, int]
    window: tuple[int, int, int]
    filters: int
    groups: int = 1
    stride: tuple[int, int, int] = (1, 1, 1)
    dilation: tuple[int, int, int] = (1, 1, 1)

    @property
    def padding(self):
        pairs = zip(self.window, self.dilation, strict=True)
        return tuple(d * (k // 2) for k, d in pairs)

    @property
    def depthwise(self):
        return self.groups == self.filters > 1


def depthwise(clip, window, stride=(1, 1, 1)):
    return Shape(clip, window, clip[-1], clip[-1], stride)


SHAPES = {
    "x3d_28": depthwise((16, 28, 28, 108), (3, 3, 3)),
    "x3d_56": depthwise((16, 56, 56, 54), (3, 3, 3)),
    "x3d_14": depthwise((16, 14, 14, 216), (3, 3, 3)),
    "x3d_56_stride2": depthwise((16, 56, 56, 108), (3, 3, 3), (1, 2, 2)),
    "rnl_3x7x7": depthwise((8, 28, 28, 128), (3, 7, 7)),
    "mbpm_1x9x9": depthwise((8, 56, 56, 64), (1, 9, 9)),
    "mbpm_1x9x9_rgb": depthwise((8, 224, 224, 3), (1, 9, 9)),
    "mbpm_3x1x1": depthwise((8, 56, 56, 64), (3, 1, 1)),
    "x3d_stem_5x1x1": depthwise((16, 112, 112, 24), (5, 1, 1)),
    "grouped_28": Shape((8, 28, 28, 256), (3, 3, 3), 256, 16),
    "grouped_28_d444": Shape(
        (8, 28, 28, 256), (3, 3, 3), 256, 16, dilation=(4, 4, 4)
    ),
    "grouped_28_d144": Shape(
        (8, 28, 28, 256), (3, 3, 3), 256, 16, dilation=(1, 4, 4)
    ),
    "grouped_28_d411": Shape(
        (8, 28, 28, 256), (3, 3, 3), 256, 16, dilation=(4, 1, 1)
    ),
    "grouped_56": Shape((8, 56, 56, 128), (3, 3, 3), 128, 32),
    "grouped_56_stride2": Shape((8, 56, 56, 256), (3, 3, 3), 256, 32, (2,) * 3),
    "grouped_14": Shape((8, 14, 14, 512), (3, 3, 3), 512, 32),
    "dense_28": Shape((8, 28, 28, 64), (3, 3, 3), 64),
    "pointwise_28": Shape((16, 28, 28, 108), (1, 1, 1), 48),
    "space_28": Shape((8, 28, 28, 128), (1, 3, 3), 128),
    "time_28": Shape((8, 28, 28, 128), (3, 1, 1), 128),
}
CANDIDATES = ("kvideo", "keras", "torch", "torch_cl")
MODES = ("forward", "training")
# A call is repeated within a round for about so many seconds.
ROUND_SECONDS = 0.1
# Milliseconds a call from which two rounds are enough.
SLOW = 200


def tensorflow_call(shape, batch, mode, convolve):
    import tensorflow as tf

    x = tf.random.normal((batch, *shape.clip))
    inner = shape.clip[-1] // shape.groups
    kernel = tf.random.normal((*shape.window, inner, shape.filters))

    @tf.function(autograph=False)
    def forward(x, kernel):
        return convolve(shape, x, kernel)

    dy = tf.ones_like(forward(x, kernel))

    @tf.function(autograph=False)
    def training(x, kernel, dy):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = convolve(shape, x, kernel)
        return tape.gradient(y, [x, kernel], output_gradients=dy)

    if mode == "forward":
        return lambda: forward(x, kernel)
    return lambda: training(x, kernel, dy)


def kvideo_convolve(shape, x, kernel):
    from kvideo import ops

    if shape.depthwise:
        kernel = kernel[:, :, :, 0]
        return ops.depthwise_conv3d(x, kernel, shape.stride, shape.padding)
    return ops.conv3d(
        x, kernel, shape.stride, shape.padding, shape.dilation, shape.groups
    )


def keras_convolve(shape, x, kernel):
    from keras import ops

    widths = [(0, 0), *((p, p) for p in shape.padding), (0, 0)]
    return ops.conv(
        ops.pad(x, widths) if any(shape.padding) else x,
        kernel,
        shape.stride,
        "valid",
        "channels_last",
        shape.dilation,
    )


def torch_call(shape, batch, mode, channels_last):
    import torch

    clip = (batch, shape.clip[-1], *shape.clip[:3])
    x = torch.randn(clip)
    inner = shape.clip[-1] // shape.groups
    kernel = torch.randn(shape.filters, inner, *shape.window)
    if channels_last:
        layout = torch.channels_last_3d
        x = x.to(memory_format=layout)
        kernel = kernel.to(memory_format=layout)
    settings = (shape.stride, shape.padding, shape.dilation, shape.groups)

    def forward():
        with torch.no_grad():
            return torch.conv3d(x, kernel, None, *settings)

    if mode == "forward":
        return forward
    x, kernel = x.requires_grad_(), kernel.requires_grad_()
    dy = torch.ones_like(forward())

    def training():
        y = torch.conv3d(x, kernel, None, *settings)
        return torch.autograd.grad(y, [x, kernel], dy)

    return training


def make_call(candidate, shape, batch, mode):
    if candidate == "kvideo":
        return tensorflow_call(shape, batch, mode, kvideo_convolve)
    if candidate == "keras":
        return tensorflow_call(shape, batch, mode, keras_convolve)
    return torch_call(shape, batch, mode, candidate == "torch_cl")


def work(candidate, threads):
    """Answer (shape, batch, mode, seconds) with milliseconds."""
    set_threads(candidate.removesuffix("_cl"), threads)
    cached = (None, None)

    def answer(task):
        nonlocal cached
        name, batch, mode, seconds = task
        if cached[0] != task:
            call = make_call(candidate, SHAPES[name], batch, mode)
            time_call(call, 0)
            cached = (task, call)
        return time_call(cached[1], seconds)

    serve(answer)


def start(candidate, threads):
    arguments = ("--worker", candidate, "--threads", str(threads))
    return Worker(__file__, *arguments)


def measure(workers, name, mode, options):
    """Fewest milliseconds of each candidate, which take turns."""
    task = (name, options.batch, mode, 0 if options.quick else ROUND_SECONDS)
    times = {candidate: [] for candidate in workers}
    for _ in range(options.rounds):
        for candidate, process in workers.items():
            if len(times[candidate]) < 2 or times[candidate][-1] < SLOW:
                times[candidate].append(process.ask(task))
    return {c: min(values) for c, values in times.items()}


def table_rows(workers, names, options):
    others = [c for c in workers if c != "kvideo"]
    for name in names:
        for mode in MODES:
            times = measure(workers, name, mode, options)
            ours = times["kvideo"]
            ratios = [f"{times[c] / ours:.2f}" for c in others]
            yield name, mode, f"{ours:.2f}", *ratios


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", default="", help="part of a shape's name")
    parser.add_argument("--batch", type=int, default=1, help="clips in a batch")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", help="write the table to this Markdown file")
    parser.add_argument(
        "--quick", action="store_true", help="one call in each of two rounds"
    )
    parser.add_argument("--worker", choices=CANDIDATES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = 2 if options.quick else options.rounds
    return options


def main():
    options = parse_arguments()
    if options.worker:
        return work(options.worker, options.threads)
    names = [name for name in SHAPES if options.shapes in name]
    if not names:
        sys.exit(f"No shape has {options.shapes!r} in it: {', '.join(SHAPES)}")
    has_torch = importlib.util.find_spec("torch") is not None
    candidates = CANDIDATES if has_torch else CANDIDATES[:2]
    workers = {c: start(c, options.threads) for c in candidates}
    header = ["shape", "mode", "kvideo ms"]
    header += [f"{c} / kvideo" for c in candidates[1:]]
    table = Table(*header, title=f"{options.threads} threads")
    rows = []
    for row in table_rows(workers, names, options):
        print(*row, file=sys.stderr, flush=True)
        rows.append(row)
        table.add_row(*row)
    for process in workers.values():
        process.close()
    Console().print(table)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write(markdown(header, rows))


if __name__ == "__main__":
    main()
