"""kvideo: video action recognition in Keras.

The rooms, in the order in which they may import one another::

    ops -> layers -> backbones -> applications
    data      (path -> clip -> batch; knows no network)
    trainers.fit, cli   (where data, networks and export meet)

Submodules are loaded on first use, and Keras with the first that needs it:
`import kvideo` takes milliseconds, and the command line can silence
TensorFlow's start-up lines before it starts. TensorFlow itself is imported
only by the rooms that need it (`kvideo.data`'s pipelines, `kvideo.export`).
"""

import importlib

__version__ = "0.1.0"

_SUBMODULES = (
    "applications",
    "backbones",
    "data",
    "evaluate",
    "export",
    "layers",
    "ops",
    "trainers",
    "visualize",
)
_FUNCTIONS = {
    "count": "kvideo.applications.counting",
    "create_model": "kvideo.applications.registry",
    "fold_batch_norm": "kvideo.applications.folding",
    "list_models": "kvideo.applications.registry",
    "model_info": "kvideo.applications.registry",
}

__all__ = [*_SUBMODULES, *_FUNCTIONS, "__version__"]


def __getattr__(name):
    if name in _SUBMODULES:
        return importlib.import_module(f"kvideo.{name}")
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(_FUNCTIONS[name]), name)
    raise AttributeError(
        f"module 'kvideo' has no attribute {name!r}. "
        f"It has: {', '.join(__all__)}."
    )


def __dir__():
    return sorted(__all__)
