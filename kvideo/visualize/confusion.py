"""The confusion matrix as a figure."""

import numpy as np

from kvideo.visualize.canvas import new_figure

# More names than these cannot be read any more.
MOST_NAMES = 30


def confusion_figure(confusion, class_names, title=None):
    """Draw counts by true class (rows) and predicted class (columns).

    The shade is the share of the row, so that rare classes show as well.
    Of more than 30 classes, the shades are shown alone.

    Args:
        confusion: Integers (classes, classes).
        class_names: One name for each class.
        title: Line above the matrix, or None.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the matrix does not fit the names.
    """
    confusion, classes = np.asarray(confusion), len(class_names)
    if confusion.shape != (classes, classes):
        raise ValueError(
            f"{classes} class names need a matrix ({classes}, {classes}). "
            f"Received: confusion.shape={confusion.shape}"
        )
    few = classes <= MOST_NAMES
    side = max(360, 200 + 46 * classes) if few else 640
    figure = new_figure(side, side)
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if few:
        _write_counts(axes, confusion, shares)
        _draw_grid(axes, classes)
    _name_axes(axes, class_names if few else None)
    axes.set_title(title or "", fontsize=11)
    return figure


def _write_counts(axes, confusion, shares):
    for (row, column), count in np.ndenumerate(confusion):
        if count:
            dark = shares[row, column] > 0.5
            axes.text(
                column,
                row,
                str(count),
                ha="center",
                va="center",
                color="white" if dark else "#222222",
                fontsize=9,
            )


def _name_axes(axes, names):
    if names is not None:
        ticks = range(len(names))
        axes.set_xticks(ticks, names, rotation=45, ha="right", fontsize=9)
        axes.set_yticks(ticks, names, fontsize=9)
    axes.set_xlabel("predicted", fontsize=10)
    axes.set_ylabel("true", fontsize=10)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_grid(axes, classes):
    """Thin white lines between the cells, as a grid on minor ticks."""
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="minor", length=0)
