"""What the command line prints: tables, and errors in one line."""

import contextlib
import logging
import os
import statistics

from rich.box import SIMPLE
from rich.table import Table
from typer.core import TyperGroup

from kvideo import terminal
from kvideo.causes import is_tensorflow, one_line, python_error
from kvideo.quiet import quiet

OUT = terminal.PlainConsole()
ERRORS = terminal.PlainConsole(stderr=True)
# Of the package's own errors, of the file system and of TensorFlow; anything
# else is a bug and keeps its traceback.
USER_ERRORS = (ValueError, OSError, ImportError, MemoryError)
INTERRUPTED = 130  # as of a process that SIGINT has ended


class Interrupted(Exception):
    """Ctrl-C; the message says what is kept and how to go on."""


class FriendlyGroup(TyperGroup):
    """Commands whose user errors are one red line and exit status 2."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, Interrupted) as error:
            if ctx.params.get("debug"):
                raise
            print_error(str(error) or KEPT, "Interrupted")
            ctx.exit(INTERRUPTED)
        except Exception as error:  # TensorFlow's have no class without it
            known = isinstance(error, USER_ERRORS) or is_tensorflow(error)
            if not known or ctx.params.get("debug"):
                raise
            print_error(error)
            ctx.exit(2)


KEPT = "What was finished is kept as it is. Start the same command again."


@contextlib.contextmanager
def interruptible(sentence):
    """Ctrl-C inside ends the command with a sentence.

    Args:
        sentence: What is kept, and how to go on; or a function without
            arguments that returns it.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        text = sentence() if callable(sentence) else sentence
        raise Interrupted(text) from error


def print_error(error, title="Error"):
    """One red line on the error stream."""
    message = " ".join(message_of(error).split())
    ERRORS.print(f"{title}: {message}", style="red")


def message_of(error):
    """What an error, or a text, says to a person."""
    if is_tensorflow(error):
        found = python_error(error)
        return one_line(error) if found is None else message_of(found)
    if isinstance(error, OSError) and error.strerror:
        where = error.filename and f"'{os.fsdecode(error.filename)}': "
        return (
            f"{where or ''}{error.strerror}. Make room, allow access, or give "
            "another place."
        )
    return str(error) or type(error).__name__


def start_backend(compute=True):
    """Loads Keras and its backend without their start-up lines.

    Args:
        compute: Whether it may look for devices already. Workers must find
            each other first.

    TensorFlow writes some of them to the file descriptor before it reads
    `TF_CPP_MIN_LOG_LEVEL`, and calls "error" what it works round by itself
    ("remapper failed"). They are shown when the start fails.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet(show=True):
        _touch_backend(compute)


def _touch_backend(compute):
    import keras

    # Advice on retracing is for those who write the networks.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if compute:
        # Looks for devices, which is when a missing GPU is reported.
        keras.ops.zeros(1)


def models_table(infos, counts=None):
    """Table of registry entries, with their counts where there are any."""
    table = Table(box=SIMPLE)
    numbers = () if counts is None else ("Params", "MACs")
    for column in ("Name", "Input", *numbers):
        table.add_column(column, no_wrap=True)
    table.add_column("Reference")
    for row, info in enumerate(infos):
        cells = [info.name, shape_text(info.input_shape)]
        if counts is not None:
            cells.append(amount(counts[row].trainable_params))
            cells.append(amount(counts[row].macs))
        table.add_row(*cells, info.reference)
    return table


def steps_table(name, macs, hooks):
    """Table of a network's steps: last output shape and costs.

    `macs` and `hooks` are its counts in both modes.
    """
    rows = zip(macs.layers, hooks.layers, strict=True)
    table = _costs_table("Step", name)
    for step, pairs in group_by_step(rows):
        _add_costs(table, step, pairs)
    return _add_all(table, macs, hooks)


def layers_table(name, macs, hooks):
    """`steps_table` with a row for each layer."""
    table = _costs_table("Layer", name)
    for pair in zip(macs.layers, hooks.layers, strict=True):
        _add_costs(table, pair[0].name, [pair])
    return _add_all(table, macs, hooks)


def _costs_table(first, title):
    table = Table(title=title)
    # Names stay whole on a narrow screen.
    table.add_column(first, overflow="fold")
    for column in ("Output", "Params", "MACs", "Hooks"):
        table.add_column(column, no_wrap=True)
    return table


def _add_costs(table, name, pairs):
    table.add_row(
        name,
        shape_text(pairs[-1][0].output_shape),
        f"{sum(row.params for row, _ in pairs):,}",
        f"{sum(row.macs for row, _ in pairs):,}",
        f"{sum(row.macs for _, row in pairs):,}",
    )


def _add_all(table, macs, hooks):
    table.add_section()
    table.add_row(
        "all", "", f"{macs.params:,}", f"{macs.macs:,}", f"{hooks.macs:,}"
    )
    return table


def totals(macs, hooks):
    """Lines below the table: what is trainable, and what nobody counted."""
    lines = [f"Trainable parameters: {macs.trainable_params:,}"]
    for column, count in (("MACs", macs), ("Hooks", hooks)):
        if count.uncounted:
            kinds = ", ".join(count.uncounted)
            lines.append(f"Not in {column}, as no rule is known: {kinds}")
    return "\n".join(lines)


def bench_line(form, seconds, dtype, cores):
    """The median of some runs of one clip, in words."""
    median = statistics.median(seconds)
    return (
        f"Forward, one clip, {form}, {dtype}: {1000 * median:.1f} ms "
        f"(median of {len(seconds)}), {1 / median:.2f} clips/s, "
        f"CPU cores: {cores}"
    )


def group_by_step(pairs):
    """Pairs of rows by step, in the order in which steps first occur."""
    steps = {}
    for pair in pairs:
        steps.setdefault(pair[0].step, []).append(pair)
    return steps.items()


def card_table(card):
    """Table of what a card says."""
    table = Table("Card", "", title=card.model, show_header=False)
    for name in (
        *("overrides", "clip_spec", "metrics", "recipe", "data"),
        *("protocol", "checksums", "versions"),
    ):
        for key, value in getattr(card, name).items():
            table.add_row(f"{name}.{key}", str(value))
    table.add_row("class_names", ", ".join(card.class_names))
    table.add_row("created", card.created)
    return table


def preflight_table(findings):
    """Table of what formats cannot take as it is."""
    table = Table("Format", "Layer", "Number", "", title="Before converting")
    for found in findings:
        names = ", ".join(found.layers[:2])
        if len(found.layers) > 2:
            names += ", ..."
        kind = f"{found.kind} ({names})"
        note = f"{found.verdict}: {found.note}"
        table.add_row(found.target, kind, str(len(found.layers)), note)
    return table


def export_table(results, words):
    """Table of artefacts beside their network, compared on some clips."""
    table = Table(title=f"Compared with Keras on {words}")
    table.add_column("Artefact", overflow="fold")
    for column in ("Difference", "Top-1", "MB", "ms", "Keras ms"):
        table.add_column(column, no_wrap=True)
    for result in results:
        table.add_row(
            str(result.path),
            f"{result.max_abs_difference:.1e}",
            f"{result.top1_agreement:.0%}",
            f"{result.size_bytes / 1e6:.2f}",
            f"{result.milliseconds:.1f}",
            f"{result.keras_milliseconds:.1f}",
        )
    return table


def ops_line(result):
    """The operations of an artefact, in words."""
    ops = [f"{name} {number}" for name, number in result.ops.items()]
    return f"Operations of {result.format}: {', '.join(ops)}"


def prediction_table(video, predictions):
    """Table of one video's most probable classes."""
    table = Table("Class", "Probability", title=str(video))
    for name, probability in predictions:
        table.add_row(name, f"{probability:.4f}")
    return table


def shape_text(shape):
    """`(8, 64, 64, 3)` as "8x64x64x3"."""
    return "x".join(str(size) for size in shape if size is not None)


def amount(number):
    """`47403050` as "47.4 M"."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return str(number)
