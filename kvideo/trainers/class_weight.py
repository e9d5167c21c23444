"""Unequal classes: what a clip of each counts in the loss."""

import numpy as np

# Above this, the largest class over the smallest is worth a sentence.
FAR_APART = 3


def weights_of(class_weight, names, labels):
    """What `fit` takes as `class_weight`, or None.

    Args:
        class_weight: That of a `RunConfig`.
        names: The classes, in the order of their labels.
        labels: Labels of the training videos.

    Returns:
        Dictionary from labels to weights. `"balanced"` gives all classes the
        same sum, and videos the mean 1: n / (classes * n of the class).

    Raises:
        ValueError: Weights for a class that does not exist.
    """
    if class_weight is None:
        return None
    if class_weight == "balanced":
        counts = _counts(names, labels)
        present = np.count_nonzero(counts)
        shares = counts.sum() / (present * np.maximum(counts, 1))
        return dict(enumerate(shares.tolist()))
    unknown = class_weight.keys() - set(names)
    if unknown:
        raise ValueError(
            f"`class_weight` goes from classes to numbers. The classes are "
            f"{', '.join(names)}. Received: {', '.join(sorted(unknown))}"
        )
    return {i: class_weight.get(n, 1.0) for i, n in enumerate(names)}


def advice(class_weight, names, labels):
    """A sentence where classes are far apart and nothing is done about it."""
    counts = _counts(names, labels)
    most, least = int(np.argmax(counts)), int(np.argmin(counts))
    if class_weight or counts[most] < FAR_APART * counts[least]:
        return None
    return (
        f"Classes are far apart: {counts[most]} training videos of "
        f"'{names[most]}', {counts[least]} of '{names[least]}'. "
        "class_weight='balanced' lets all classes count alike."
    )


def _counts(names, labels):
    return np.bincount(np.asarray(labels), minlength=len(names))
