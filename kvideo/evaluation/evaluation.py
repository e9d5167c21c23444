"""Scores of a network on a data set, and the figures that follow from them."""

import dataclasses
import io
import json
from pathlib import Path

import numpy as np

from kvideo import bounds
from kvideo.damage import reading
from kvideo.evaluation import metrics
from kvideo.evaluation.calibration import are_probabilities, calibration_error
from kvideo.evaluation.interval import wilson_interval
from kvideo.files import write_atomically

NEEDED = {"scores", "labels", "class_names"}


@dataclasses.dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores of a network on a data set; every figure is derived from them.

    Args:
        scores: Finite array (N, classes).
        labels: Integers (N,).
        class_names: One name for each class, or None for "0", "1", ...
        paths: The file of each row, N of them, or None.
        protocol: Where a row is a view of a video: the dictionary of the
            `kvideo.evaluation.Protocol` whose views they are, and by which
            `by_protocol` makes them videos. None: a row is a video.
    """

    scores: np.ndarray
    labels: np.ndarray
    class_names: tuple | None = None
    paths: tuple | None = None
    protocol: dict | None = None

    def __post_init__(self):
        scores, labels = metrics.checked(self.scores, self.labels)
        names = self.class_names or range(scores.shape[1])
        names = tuple(str(name) for name in names)
        if len(names) != scores.shape[1]:
            raise ValueError(
                f"The network has {scores.shape[1]} outputs, so there must be "
                f"as many class names. Received: class_names={names}"
            )
        paths = self.paths
        if paths is not None:
            paths = tuple(str(path) for path in paths)
            if len(paths) != len(labels):
                raise ValueError(
                    f"{len(labels)} rows of scores need as many paths. "
                    f"Received: {len(paths)} paths"
                )
        for field, value in zip(
            ("scores", "labels", "class_names", "paths"),
            (scores, labels, names, paths),
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
    def top1_interval(self):
        """The 95 % interval of `top1` (Wilson): two floats, 0 to 1.

        Right only where rows are videos: the views of one are alike.
        """
        right = int((self.predictions == self.labels).sum())
        return wilson_interval(right, len(self.labels))

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
    def calibration_error(self):
        """Expected calibration error, 0 to 1; None if scores are logits."""
        if not are_probabilities(self.scores):
            return None
        return calibration_error(self.scores, self.labels)

    @property
    def confusion(self):
        """Clips by true class (rows) and predicted class (columns)."""
        return metrics.confusion_matrix(
            self.labels, self.predictions, len(self.class_names)
        )

    def hardest(self, number=10):
        """Row numbers of the clips whose own class has the lowest scores.

        Args:
            number: How many at most, the hardest first.
        """
        own = self.scores[np.arange(len(self.labels)), self.labels]
        return np.argsort(own, kind="stable")[:number]

    def to_dict(self):
        """The figures as JSON types, without the scores."""
        return {
            "clips": len(self.labels),
            "top1": self.top1,
            "top1_interval": list(self.top1_interval),
            "top5": self.top5,
            "mean_class_accuracy": self.mean_class_accuracy,
            "calibration_error": self.calibration_error,
            "confusion": self.confusion.tolist(),
            "class_names": list(self.class_names),
            "protocol": self.protocol,
        }

    def save(self, path):
        """Write all five fields as `.npz`; return the path."""
        fields = {
            "scores": self.scores,
            "labels": self.labels,
            "class_names": np.array(self.class_names),
        }
        if self.paths is not None:
            fields["paths"] = np.array(self.paths)
        if self.protocol is not None:
            fields["protocol"] = np.array(json.dumps(self.protocol))
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **fields)
        return write_atomically(path, buffer.getvalue())

    @classmethod
    def load(cls, path):
        """Read what `save` wrote."""
        if not Path(path).is_file():
            raise FileNotFoundError(f"No score file at '{path}'.")
        then = "A score file is the .npz of `kvideo evaluate --out`: repeat it"
        bounds.check_archive(path)
        with reading(path, then), np.load(path) as stored:
            missing = NEEDED - set(stored)
            if missing:
                raise ValueError(
                    f"'{path}' is not a score file of "
                    f"`Evaluation.save`: it lacks {sorted(missing)}."
                )
            names = tuple(stored["class_names"].tolist())
            paths = protocol = None
            if "paths" in stored:
                paths = tuple(stored["paths"].tolist())
            if "protocol" in stored:
                protocol = json.loads(str(stored["protocol"]))
            scores, labels = stored["scores"], stored["labels"]
            return cls(scores, labels, names, paths, protocol)
