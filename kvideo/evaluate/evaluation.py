"""Scores of a network on a data set, and the figures that follow from them."""

import dataclasses
import io
from pathlib import Path

import numpy as np

from kvideo.evaluate import metrics
from kvideo.evaluate.files import write_atomically


@dataclasses.dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores of a network on a data set; every figure is derived from them.

    Args:
        scores: Finite array (N, classes).
        labels: Integers (N,).
        class_names: One name for each class, or None for "0", "1", ...
    """

    scores: np.ndarray
    labels: np.ndarray
    class_names: tuple | None = None

    def __post_init__(self):
        scores, labels = metrics.checked(self.scores, self.labels)
        names = self.class_names or range(scores.shape[1])
        names = tuple(str(name) for name in names)
        if len(names) != scores.shape[1]:
            raise ValueError(
                f"The network has {scores.shape[1]} outputs, so there must be "
                f"as many class names. Received: class_names={names}"
            )
        for field, value in zip(
            ("scores", "labels", "class_names"),
            (scores, labels, names),
            strict=True,
        ):
            object.__setattr__(self, field, value)

    @property
    def predictions(self):
        """The class with the highest score: integers (N,)."""
        return self.scores.argmax(axis=1)

    @property
    def top1(self):
        """Share of clips that are predicted right, 0 to 1."""
        return metrics.top_k_accuracy(self.scores, self.labels, 1)

    @property
    def top5(self):
        """Top-5 accuracy; None up to 5 classes, where it cannot fail."""
        if len(self.class_names) <= 5:
            return None
        return metrics.top_k_accuracy(self.scores, self.labels, 5)

    @property
    def mean_class_accuracy(self):
        """Mean over the classes of the accuracy within each, 0 to 1."""
        return metrics.mean_class_accuracy(
            self.labels, self.predictions, len(self.class_names)
        )

    @property
    def confusion(self):
        """Clips by true class (rows) and predicted class (columns)."""
        return metrics.confusion_matrix(
            self.labels, self.predictions, len(self.class_names)
        )

    def to_dict(self):
        """The figures as JSON types, without the scores."""
        return {
            "clips": len(self.labels),
            "top1": self.top1,
            "top5": self.top5,
            "mean_class_accuracy": self.mean_class_accuracy,
            "confusion": self.confusion.tolist(),
            "class_names": list(self.class_names),
        }

    def save(self, path):
        """Write scores, labels and class names as `.npz`; return the path."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            scores=self.scores,
            labels=self.labels,
            class_names=np.array(self.class_names),
        )
        return write_atomically(path, buffer.getvalue())

    @classmethod
    def load(cls, path):
        """Read what `save` wrote."""
        if not Path(path).is_file():
            raise FileNotFoundError(f"No score file at '{path}'.")
        with np.load(path) as stored:
            missing = {"scores", "labels", "class_names"} - set(stored)
            if missing:
                raise ValueError(
                    f"'{path}' is not a score file of "
                    f"`Evaluation.save`: it lacks {sorted(missing)}."
                )
            names = tuple(stored["class_names"].tolist())
            return cls(stored["scores"], stored["labels"], names)
