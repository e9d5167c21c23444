"""Several networks as one: the mean of their probabilities.

The "8 + 16 frames" ensembles of TSM (Lin et al., ICCV 2019) and GDN (Qiu et
al., ICIP 2020) are this: two networks, each with clips of its own length. So
is the fusion of RGB and optical flow (Simonyan and Zisserman, NIPS 2014).
"""

from pathlib import Path

import numpy as np

from kvideo.evaluation.calibration import are_probabilities
from kvideo.evaluation.evaluation import Evaluation


def average_scores(*evaluations, weights=None):
    """Average the probabilities of several networks on the same videos.

    Networks of different clip lengths have a data set each, of the same
    folder and in the same order. Example:

        def measure(path):
            model = keras.saving.load_model(path, compile=False)
            clips = kvideo.data.video_dataset_from_directory(
                "test",
                num_frames=model.input_shape[1],
                frame_size=model.input_shape[2:4],
                shuffle=False,
            )
            return kvideo.evaluation.evaluate(model, clips)

        both = average_scores(measure("gdn8.keras"), measure("gdn16.keras"))
        both.top1

    Args:
        *evaluations: Two `Evaluation`s or more, of networks that end in
            softmax.
        weights: A positive number for each; default: all alike. TSN (Wang
            et al., ECCV 2016) weighs RGB and flow by 1 and 1.5.

    Returns:
        An `Evaluation` with the weighted mean of all scores.
    Raises:
        ValueError: If there are fewer than two, weights do not fit, their
            labels, paths (the videos or their order) or class names differ,
            or scores are no probabilities: logits of two networks have no
            common scale.
    """
    if len(evaluations) < 2:
        raise ValueError(
            "An ensemble needs two evaluations or more. Received: "
            f"{len(evaluations)}."
        )
    weights = [1] * len(evaluations) if weights is None else list(weights)
    if len(weights) != len(evaluations) or not all(w > 0 for w in weights):
        raise ValueError(
            "`weights` should be a positive number for each of the "
            f"{len(evaluations)} evaluations. Received: weights={weights}."
        )
    first = evaluations[0]
    for number, other in enumerate(evaluations, start=1):
        check_same(first, other, number)
        _check_probabilities(other.scores, number)
    scores = [evaluation.scores for evaluation in evaluations]
    scores = np.average(scores, axis=0, weights=weights)
    return Evaluation(scores, first.labels, first.class_names, first.paths)


def check_same(first, other, number):
    """Raise a ValueError unless two evaluations are of the same videos.

    Args:
        first: `Evaluation` 1.
        other: Another one.
        number: What the message calls it.
    """
    if other.class_names != first.class_names:
        raise ValueError(
            "All networks need the same classes. Received: "
            f"{first.class_names} from evaluation 1 and {other.class_names} "
            f"from evaluation {number}."
        )
    if not np.array_equal(other.labels, first.labels):
        raise ValueError(
            "All networks must be measured on the same videos in the same "
            f"order, but the labels of evaluation {number} differ "
            "from those of evaluation 1. Make the data sets with "
            "shuffle=False."
        )
    pairs = zip(first.paths or (), other.paths or (), strict=False)
    for number_of_video, (path, another) in enumerate(pairs, start=1):
        if not _names(path) & _names(another):
            raise ValueError(
                "All networks must be measured on the same videos in the same "
                f"order. Received: video {number_of_video} is '{path}' in "
                f"evaluation 1 and '{another}' in evaluation {number}."
            )


def _names(path):
    """A video and its folder of flow images are called the same."""
    return {Path(path).name, Path(path).stem}


def _check_probabilities(scores, number):
    sums = scores.sum(axis=1)
    if not are_probabilities(scores):
        raise ValueError(
            "An ensemble averages probabilities, which are at least 0 and "
            f"add up to 1. Received: scores of evaluation {number} from "
            f"{scores.min():.3g}, sums from {sums.min():.3g} to "
            f"{sums.max():.3g}. Build the network with "
            "classifier_activation='softmax'."
        )
