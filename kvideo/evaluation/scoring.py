"""Run a network over a data set and measure it."""

import keras
import numpy as np

from kvideo.causes import python_errors
from kvideo.evaluation.evaluation import Evaluation

BATCH = 16


def predict_scores(model, dataset, control=None):
    """Run a network over a data set once.

    Args:
        model: A `keras.Model`, an object with `predict(clips)` (what
            `kvideo.export.load_artefact` returns), or a function
            `clips -> scores`.
        dataset: Batches (clips, labels), such as a `tf.data.Dataset` of
            `kvideo.data`, or one pair of arrays (clips, labels). Clips have
            the axes (B, T, H, W, 3), labels are integers (B,) or one-hot
            (B, classes).
        control: A function of `kvideo.evaluation.controls` that changes the
            clips first, or None.

    Returns:
        Scores (N, classes) and integer labels (N,), in the data set's order.

    Raises:
        ValueError: A data set without labels, without clips or without end;
            a network with several outputs.
    """
    predict = _predictor(model)
    scores, labels, done = [], [], 0
    with python_errors():
        for clips, answers in _batches(dataset):
            clips = np.asarray(clips)
            if control is not None:
                clips = control(clips, done)
            scores.append(_one_output(predict(clips)))
            labels.append(_as_integers(answers))
            done += len(clips)
    if not done:
        raise ValueError(
            "The data set gave no clip. Is it empty, or has every file of it "
            "been skipped as broken?"
        )
    return np.concatenate(scores), np.concatenate(labels)


def evaluate(model, dataset, class_names=None, control=None, protocol=None):
    """Measure a network on a data set.

    Args:
        model: See `predict_scores`.
        dataset: See `predict_scores`.
        class_names: Names of the classes; by default those of the data set
            (`dataset.class_names`), else "0", "1", ...
        control: See `predict_scores`.
        protocol: A `Protocol` whose views `dataset` is made of, to be kept
            with the scores; or None.

    Returns:
        An `Evaluation` of each clip. It knows the paths of the files where
        `dataset` is one of `kvideo.data.view_dataset`.
    """
    if class_names is None:
        class_names = getattr(dataset, "class_names", None)
    scores, labels = predict_scores(model, dataset, control)
    protocol = protocol and protocol.to_dict()
    return Evaluation(scores, labels, class_names, _paths(dataset), protocol)


def _paths(dataset):
    """The path of each clip, where the data set can say."""
    if not hasattr(dataset, "read_paths"):
        return None
    views = len(dataset.views)
    return [path for path in dataset.read_paths() for _ in range(views)]


def _predictor(model):
    if isinstance(model, keras.Model):
        return model.predict_on_batch
    return getattr(model, "predict", model)


def _one_output(scores):
    """A batch's scores (B, classes) as an array."""
    if isinstance(scores, dict | list | tuple):
        raise ValueError(
            "Evaluation takes a classifier with one output (B, classes). "
            f"Received: a network with {len(scores)} outputs. Pick one: "
            "keras.Model(model.input, model.outputs[0])"
        )
    return np.asarray(scores)


def _batches(dataset):
    if isinstance(dataset, tuple):
        clips, labels = dataset
        for start in range(0, len(clips), BATCH):
            part = slice(start, start + BATCH)
            yield clips[part], labels[part]
        return
    if _is_endless(dataset):
        raise ValueError(
            "The data set repeats for ever, so it cannot be evaluated once. "
            "Leave out `.repeat()`, or limit it with `.take(n)`."
        )
    for batch in dataset:
        if not isinstance(batch, tuple | list) or len(batch) < 2:
            raise ValueError(
                "Evaluation needs batches (clips, labels). Received batches "
                f"of type {type(batch).__name__}; was the data set made with "
                "label_mode=None?"
            )
        yield batch[0], batch[1]


def _is_endless(dataset):
    cardinality = getattr(dataset, "cardinality", None)
    return cardinality is not None and int(cardinality()) == -1


def _as_integers(labels):
    """Integer labels (B,) from integers, floats (B, 1) or one-hot."""
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] > 1:
        return labels.argmax(axis=1)
    return labels.reshape(-1).astype("int64")
