"""A page of clips with their labels: what is in this data set?"""

import numpy as np

from kvideo.visualize.canvas import white, widened
from kvideo.visualize.film_strip import clip_to_uint8, film_strip


def contact_sheet(dataset, count=8, columns=2, frames=4, class_names=None):
    """Show the first clips of a data set, each as a short film strip.

    Args:
        dataset: Batches (clips, labels) or one pair of arrays; clips
            (B, T, H, W, 3) in [0, 255], labels integers (B,).
        count: How many clips.
        columns: How many clips side by side.
        frames: How many frames of each clip, spread evenly over it.
        class_names: By default those of the data set, else the numbers.

    Returns:
        uint8 array (H', W', 3).

    Raises:
        ValueError: If the data set gives no clip.
    """
    names = class_names or getattr(dataset, "class_names", None)
    cells = []
    for clip, label in _first_clips(dataset, count):
        title = names[int(label)] if names else str(int(label))
        cells.append(film_strip(_thinned(clip, frames), [title]))
    if not cells:
        raise ValueError("The data set gave no clip to show.")
    return _grid(cells, columns)


def _first_clips(dataset, count):
    batches = [dataset] if isinstance(dataset, tuple) else dataset
    for clips, labels in batches:
        for clip, label in zip(
            np.asarray(clips), np.asarray(labels), strict=True
        ):
            if count == 0:
                return
            count -= 1
            yield clip, label


def _thinned(clip, frames):
    """At most `frames` frames of a clip, spread evenly, as pixels."""
    frames = min(frames, len(clip))
    return clip_to_uint8(
        clip[np.linspace(0, len(clip) - 1, frames).astype(int)]
    )


def _grid(cells, columns, gap=16):
    """Pictures of equal size in rows of `columns`, with white in between."""
    height, width = cells[0].shape[:2]
    rows = []
    for start in range(0, len(cells), columns):
        parts = []
        for cell in cells[start : start + columns]:
            parts += [cell, white(height, gap)]
        row = np.concatenate(parts[:-1], axis=1)
        full = columns * width + (columns - 1) * gap
        rows += [widened(row, full), white(gap, full)]
    return np.concatenate(rows[:-1])
