"""Training curves as a figure."""

import csv
import math
from pathlib import Path

import numpy as np

from kvideo.damage import reading
from kvideo.visualize.canvas import new_figure

COLORS = ("#1f5fa8", "#c4532b", "#3c8a4f", "#7a4fa0")


def read_history(path):
    """The curves in a file that `keras.callbacks.CSVLogger` wrote.

    Returns:
        Name to list of floats, one for each epoch; NaN for an epoch without
        validation. A quantity that was never measured is left out.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a row does not hold numbers.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"No training log at '{path}'.")
    then = "A training log has a number in every column; it may be deleted"
    with reading(path, then), open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
        names = [name for name in (rows[0] if rows else ()) if name != "epoch"]
        curves = {n: [_number(row[n]) for row in rows] for n in names}
    return {
        n: values for n, values in curves.items() if not np.isnan(values).all()
    }


def _number(text):
    # Keras writes NA where an epoch had no validation.
    return math.nan if text == "NA" else float(text)


def curves_figure(history, title=None):
    """Draw each quantity over the epochs, its validation dashed beside it.

    Args:
        history: Name to list of values, one for each epoch, such as
            `model.fit(...).history`; `val_` marks the validation curve.
        title: Line above the panels, or None.

    Returns:
        A `matplotlib.figure.Figure` with one panel for each quantity.

    Raises:
        ValueError: If there is no curve.
    """
    names = [name for name in history if not name.startswith("val_")]
    if not names:
        raise ValueError(
            "A history needs at least one training curve, such as `loss`. "
            f"Received: {sorted(history)}"
        )
    figure = new_figure(380 * len(names), 280)
    figure.set_layout_engine("constrained")
    for panel, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), panel + 1)
        _draw(axes, name, history, COLORS[panel % len(COLORS)])
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def _draw(axes, name, history, color):
    """One quantity, for training and (where there is one) validation."""
    for prefix, style, label in (
        ("", ".-", "training"),
        ("val_", ".--", "validation"),
    ):
        values = np.array(history.get(prefix + name, []), dtype=float)
        measured = np.flatnonzero(~np.isnan(values))
        if len(measured):
            axes.plot(
                measured + 1, values[measured], style, color=color, label=label
            )
    axes.legend(frameon=False, fontsize=9)
    axes.set_title(name.replace("_", " "), fontsize=10, loc="left")
    axes.set_xlabel("epoch", fontsize=9)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
