"""What a network answers, checked wherever it runs: numbers, one a class."""

import numpy as np


def checked_scores(scores, source, card=None):
    """The probabilities, if they are some.

    Args:
        scores: (B, classes).
        source: What returned them, for the error.
        card: The `kvideo.export.Card` of the network, or None.

    Returns:
        float32 (B, classes).

    Raises:
        ValueError: NaN or infinity, or another number of classes than the
            card has.
    """
    scores = np.asarray(scores, "float32")
    if card is not None and scores.shape[1:] != (len(card.class_names),):
        raise ValueError(
            f"The card of '{source}' is not that of the network: it names "
            f"{len(card.class_names)} classes. Received: scores of shape "
            f"{scores.shape}"
        )
    bad = ~np.isfinite(scores).all(axis=1)
    if bad.any():
        raise ValueError(
            f"'{source}' returns NaN or infinity in place of probabilities, "
            f"first for clip {bad.argmax()}. Its weights are damaged, or "
            "values are far outside of [0, 255]."
        )
    return scores
