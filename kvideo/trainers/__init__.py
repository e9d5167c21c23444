"""Training: the one room where data, networks and export meet.

`config.py` is what a run is, `fit.py` carries it out with plain
`model.compile` / `model.fit`, `snapshot.py` makes it resumable to the bit.
Nothing is imported before it is used.
"""

from kvideo.lazy import lazy

_NAMES = {
    "RunConfig": "config",
    "Snapshot": "snapshot",
    "TrainingResult": "fit",
    "datasets": "fit",
    "train": "fit",
}

__getattr__, __dir__, __all__ = lazy(__name__, _NAMES)
