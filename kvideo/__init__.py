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

import wrapt

from kvideo.lazy import lazy
from kvideo.saved_names import enter_stand_ins

__version__ = "0.1.0"

_SUBMODULES = (
    "applications",
    "backbones",
    "convert",
    "data",
    "evaluation",
    "export",
    "layers",
    "objectives",
    "ops",
    "trainers",
    "visualize",
)
_HOMES = {
    "Recipe": "trainers.recipe",
    "RunConfig": "trainers.config",
    "attach_cidc": "applications.cidc",
    "count": "applications.counting",
    "create_model": "applications.registry",
    "decode_predictions": "data.predictions",
    "download_weights": "download",
    "evaluate": "evaluation.job",
    "fold_batch_norm": "applications.folding",
    "freeze_backbone": "applications.freezing",
    "insert": "applications.insertion",
    "list_models": "applications.registry",
    "list_weights": "applications.weights_table",
    "load": "export.artefacts",
    "load_backbone_weights": "applications.weights",
    "model_info": "applications.registry",
    "register": "applications.registry",
    "stream": "applications.streaming",
    "to_online": "applications.streaming",
    "train": "trainers.fit",
    "unfreeze": "applications.freezing",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES, _SUBMODULES)

# At once where Keras is imported already, otherwise as soon as it is.
wrapt.register_post_import_hook(enter_stand_ins, "keras")
