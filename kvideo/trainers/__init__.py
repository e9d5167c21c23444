"""Training: the one room where data, networks and export meet.

`config.py` is what a run is, `fit.py` carries it out with plain
`model.compile` / `model.fit`, `snapshot.py` makes it resumable to the bit.
Nothing is imported before it is used.
"""

import importlib

_NAMES = {
    "RunConfig": "config",
    "Snapshot": "snapshot",
    "TrainingResult": "fit",
    "datasets": "fit",
    "train": "fit",
}

__all__ = sorted(_NAMES)


def __getattr__(name):
    if name in _NAMES:
        module = importlib.import_module(f"{__name__}.{_NAMES[name]}")
        return getattr(module, name)
    raise AttributeError(
        f"module 'kvideo.trainers' has no attribute {name!r}. "
        f"It has: {', '.join(__all__)}."
    )


def __dir__():
    return __all__
