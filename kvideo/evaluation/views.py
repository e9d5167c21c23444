"""Many views of a video become one prediction.

The other half of `kvideo.data.view_dataset`, which puts the V views of each
video one after the other.
"""

import numpy as np

from kvideo.evaluation.evaluation import Evaluation

AVERAGES = ("softmax", "logits")


def average_views(scores, views, how="softmax", from_logits=False):
    """The mean prediction of each video.

    Args:
        scores: (N * V, classes): V views of each of N videos in a row.
        views: V, a positive integer, or a `kvideo.data.Views`.
        how: `"softmax"` averages probabilities, as the thesis and SlowFast;
            `"logits"` averages logits and takes their softmax, as the
            released code of TSM.
        from_logits: whether `scores` are logits. Of probabilities, the logs
            serve as logits: these differ by a constant for each view, which
            no softmax sees. (A probability of 0 counts as 1e-38.)

    Returns:
        Probabilities (N, classes).

    Raises:
        ValueError: Scores that are no multiple of V, or negative ones that
            should be probabilities.
    """
    scores = _by_video(np.asarray(scores), views)
    if how not in AVERAGES:
        raise ValueError(
            f"`how` should be one of {', '.join(AVERAGES)}. "
            f"Received: how={how!r}"
        )
    if not from_logits and scores.min() < 0:
        raise ValueError(
            "Probabilities are not negative. Build the network with "
            "classifier_activation='softmax', or pass from_logits=True. "
            f"Received: scores from {scores.min():.3g}"
        )
    if how == "softmax":
        probabilities = _softmax(scores) if from_logits else scores
        return probabilities.mean(axis=1)
    tiny = np.finfo(np.float32).tiny
    logits = scores if from_logits else np.log(np.maximum(scores, tiny))
    return _softmax(logits.mean(axis=1))


def per_video(evaluation, views, how="softmax", from_logits=False):
    """The `Evaluation` of videos from that of their views.

    Args:
        evaluation: `Evaluation` of a data set of `kvideo.data.view_dataset`.
        views, how, from_logits: See `average_views`.

    Returns:
        An `Evaluation` of N videos.

    Raises:
        ValueError: As `average_views`, or views of a video with different
            labels: the order is not that of `view_dataset`.
    """
    labels = _by_video(evaluation.labels, views)
    if (labels != labels[:, :1]).any():
        raise ValueError(
            "The views of a video have its label, but the labels change "
            f"within runs of {labels.shape[1]}. Make the data set with "
            "`kvideo.data.view_dataset` and these views, and do not shuffle."
        )
    scores = average_views(evaluation.scores, views, how, from_logits)
    paths = evaluation.paths
    if paths is not None:
        paths = paths[:: labels.shape[1]]
    return Evaluation(scores, labels[:, 0], evaluation.class_names, paths)


def by_protocol(evaluation):
    """What a paper would report: `evaluation` by the protocol that it holds.

    Args:
        evaluation: `Evaluation` of views, with their `protocol`.

    Returns:
        An `Evaluation` of videos, by `per_video`. It is `evaluation` itself
        where there is no protocol, or where that one counts clips one by one.
    """
    protocol = evaluation.protocol
    if protocol is None or protocol["average"] == "none":
        return evaluation
    views = protocol["clips"] * protocol["crops"]
    return per_video(evaluation, views, protocol["average"])


def accuracy_by_views(evaluation, views, how="softmax", from_logits=False):
    """Top-1 accuracy of videos with the first 1, 2, ... V views.

    Args:
        evaluation, views, how, from_logits: See `per_video`.

    Returns:
        List of V floats in [0, 1]; the last is that of `per_video`.
    """
    scores = _by_video(evaluation.scores, views)
    labels = _by_video(evaluation.labels, views)
    names, found = evaluation.class_names, []
    for number in range(1, scores.shape[1] + 1):
        first = Evaluation(
            scores[:, :number].reshape(-1, scores.shape[-1]),
            labels[:, :number].reshape(-1),
            names,
        )
        found.append(per_video(first, number, how, from_logits).top1)
    return found


def _by_video(values, views):
    """(N * V, ...) -> (N, V, ...)."""
    number = views if isinstance(views, int | np.integer) else len(views)
    if number < 1 or len(values) % number:
        raise ValueError(
            "There should be V views of each video, so a multiple of V. "
            f"Received: {len(values)} views, V={number}"
        )
    return values.reshape(-1, number, *values.shape[1:])


def _softmax(logits):
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)
