"""Figures of merit, in plain NumPy, and their streaming form for Keras."""

import keras
import numpy as np
from keras import ops


def top_k_accuracy(scores, labels, k=1):
    """Share of clips whose true class is among the k highest scores.

    Args:
        scores: Array (N, classes); probabilities or logits.
        labels: Integers (N,).
        k: How many classes may be named, 1 to `classes`.

    Returns:
        A float in [0, 1]. Equal scores rank in the order of their classes, so
        that k = 1 agrees with `argmax`.

    Raises:
        ValueError: Shapes that do not match, labels out of range, no clip at
            all, or a `k` that is not 1 to `classes`.
    """
    scores, labels = checked(scores, labels)
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(
            f"`k` must be 1 to the number of classes ({scores.shape[1]}). "
            f"Received: k={k}"
        )
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


def confusion_matrix(labels, predictions, num_classes):
    """Counts of clips by true class (rows) and predicted class (columns).

    Args:
        labels: Integers (N,).
        predictions: Integers (N,).
        num_classes: Number of classes.

    Returns:
        Integer array (num_classes, num_classes).
    """
    labels = _checked_labels("labels", labels, num_classes)
    predictions = _checked_labels("predictions", predictions, num_classes)
    if len(labels) != len(predictions):
        raise ValueError(
            "Every label needs one prediction. Received: "
            f"{len(labels)} labels and {len(predictions)} predictions"
        )
    flat = np.bincount(
        labels * num_classes + predictions, minlength=num_classes**2
    )
    return flat.reshape(num_classes, num_classes)


def mean_class_accuracy(labels, predictions, num_classes):
    """Mean over the classes of the accuracy within each class.

    Classes without a clip do not count. Each of the others counts the same,
    however many clips it has; scikit-learn calls this balanced accuracy.

    Args:
        labels: Integers (N,).
        predictions: Integers (N,).
        num_classes: Number of classes.

    Returns:
        A float in [0, 1].
    """
    confusion = confusion_matrix(labels, predictions, num_classes)
    clips = confusion.sum(axis=1)
    return float(np.mean(np.diag(confusion)[clips > 0] / clips[clips > 0]))


@keras.saving.register_keras_serializable(package="kvideo")
class MeanClassAccuracy(keras.metrics.Metric):
    """Streaming `mean_class_accuracy`, for `model.compile(metrics=...)`.

    Takes labels as integers (B,) or (B, 1), or one-hot (B, classes), and
    scores (B, classes).

    Args:
        num_classes: Number of classes.
        name: Name in the logs.
        dtype: Data type of the counters.
    """

    def __init__(self, num_classes, name="mean_class_accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.hits = self._counter("hits")
        self.clips = self._counter("clips")

    def _counter(self, name):
        return self.add_variable((self.num_classes,), "zeros", name=name)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch."""
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.argmax(y_pred, -1)
        if y_true.shape[1:] == (self.num_classes,):
            y_true = ops.argmax(y_true, -1)
        y_true = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        one_hot = ops.one_hot(y_true, self.num_classes, dtype=self.dtype)
        if sample_weight is not None:
            weight = ops.cast(ops.reshape(sample_weight, (-1, 1)), self.dtype)
            one_hot = one_hot * weight
        hit = ops.cast(ops.equal(y_true, ops.cast(y_pred, "int32")), self.dtype)
        self.clips.assign_add(ops.sum(one_hot, axis=0))
        self.hits.assign_add(ops.sum(one_hot * hit[:, None], axis=0))

    def result(self):
        """The mean over the classes that were seen."""
        accuracy = ops.divide_no_nan(self.hits, self.clips)
        seen = ops.cast(self.clips > 0, self.dtype)
        return ops.divide_no_nan(ops.sum(accuracy), ops.sum(seen))

    def get_config(self):
        """The arguments of `__init__`."""
        return {**super().get_config(), "num_classes": self.num_classes}


def checked(scores, labels):
    """Return scores (N, classes) and labels (N,) as arrays that fit."""
    scores = np.asarray(scores)
    if scores.ndim != 2 or not len(scores):
        raise ValueError(
            "Scores must have the axes (N, classes), with at least one clip. "
            f"Received: scores.shape={scores.shape}"
        )
    if len(np.shape(labels)) != 1 or len(labels) != len(scores):
        raise ValueError(
            "Every row of scores needs one integer label. Received: "
            f"labels.shape={np.shape(labels)}, scores.shape={scores.shape}"
        )
    if not np.isfinite(scores).all():
        broken = int((~np.isfinite(scores).all(axis=1)).sum())
        raise ValueError(
            f"Scores must be finite, but {broken} of {len(scores)} clips have "
            "NaN or infinite ones. Look at the training loss, or for layers "
            "that divide by zero or overflow in half precision."
        )
    return scores, _checked_labels("labels", labels, scores.shape[1])


def _checked_labels(name, labels, num_classes):
    labels = np.asarray(labels)
    if not len(labels) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"`{name}` must be integers, one for each clip. Received: "
            f"{name}.shape={labels.shape}, dtype={labels.dtype}"
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"`{name}` must be 0 to {num_classes - 1}, as there are "
            f"{num_classes} classes. Received: {labels.min()} to "
            f"{labels.max()}"
        )
    return labels
