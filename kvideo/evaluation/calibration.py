"""Expected calibration error: is a network as sure as it is right?

C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural
Networks", ICML 2017, Eq. 2 and 3, with their 15 bins of equal width.
"""

import numpy as np

from kvideo.evaluation import metrics

BINS = 15


def calibration_error(scores, labels, bins=BINS):
    """The mean gap between confidence and accuracy, over bins of confidence.

    Confidence is the largest probability of a clip. Bin m of M holds those in
    ((m - 1) / M, m / M]; a bin weighs as many clips as it holds.

    Args:
        scores: Probabilities (N, classes).
        labels: Integers (N,).
        bins: M.

    Returns:
        A float in [0, 1]. Depends on `bins`; with few clips it is too large.

    Raises:
        ValueError: Scores that are no probabilities, or as `top_k_accuracy`.
    """
    scores, labels = metrics.checked(scores, labels)
    if not are_probabilities(scores):
        raise ValueError(
            "The calibration error is of probabilities, at least 0 and with "
            f"the sum 1. Received: scores from {scores.min():.3g} to "
            f"{scores.max():.3g}. Build the network with "
            "classifier_activation='softmax'."
        )
    confidence = scores.max(axis=1)
    right = scores.argmax(axis=1) == labels
    places = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
    # Sum of gaps in each bin; their absolute values, divided by all clips.
    gaps = np.bincount(places, weights=confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def are_probabilities(scores):
    """Whether rows are at least 0 and add up to 1, within 1e-3."""
    return bool(
        scores.min() >= 0 and np.allclose(scores.sum(axis=1), 1, atol=1e-3)
    )
