"""`decode_predictions`: from numbers to names."""

import os

import numpy as np

from kvideo.data.class_lists import class_names


def decode_predictions(preds, top=5, classes="kinetics400"):
    """Names the most probable classes, as `keras.applications` does.

    Args:
        preds: What a network returned, (B, classes).
        top: How many to name; more than there are means all.
        classes: The names: a list, a `kvideo.export.Card`, or what
            `kvideo.data.class_names` takes.

    Returns:
        For each of the B rows, a list of `(class_name, probability)`, the most
        probable first and of equals the first class first.

    Raises:
        ValueError: If there are not as many names as columns, or there is no
            such list of names.
    """
    names = _names(classes)
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != len(names):
        raise ValueError(
            f"Expected predictions of shape (B, {len(names)}), one column for "
            f"each class name. Received: preds.shape={preds.shape}"
        )
    if top < 1:
        raise ValueError(f"`top` must be 1 or more. Received: top={top}")
    orders = np.argsort(-preds, axis=1, kind="stable")[:, :top]
    return [
        [(names[i], float(row[i])) for i in order]
        for row, order in zip(preds, orders, strict=True)
    ]


def _names(classes):
    if isinstance(classes, str | os.PathLike):
        return class_names(classes)
    return getattr(classes, "class_names", classes)
