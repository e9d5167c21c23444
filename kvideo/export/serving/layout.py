"""The folder of models that TensorFlow Serving watches.

    base/models.config  batching.config  docker-compose.yml
    base/NAME/1/saved_model.pb ...
    base/NAME/2/...

The server loads the version with the highest number, and goes over to a new
one when its folder appears; it appears whole (`staging.py`).
"""

import re
from pathlib import Path

from kvideo.export.checks import check_network
from kvideo.export.serving.config import write_configs
from kvideo.export.staging import staged_artefact

WARMUP = Path("assets.extra", "tf_serving_warmup_requests")


def export_serving(model, card, base, version=None):
    """Writes a network where TensorFlow Serving finds it.

    A SavedModel (`kvideo.export.export_saved_model`) with requests to warm up
    on, in `base/NAME/VERSION`, where NAME is `card.model`; and the
    configuration for all models in `base` (`write_configs`).

    Args:
        model: A built functional network that ends in probabilities.
        card: Its `kvideo.export.Card`.
        base: The folder of models; it is made.
        version: A positive integer. Defaults to the next one.

    Returns:
        The path of the version.

    Raises:
        FileExistsError: There is such a version.
        ImportError: Without the extra `kvideo[serving]`.
        ValueError: An unfit network or card, a `card.model` that is no name
            of a folder, or a version that is no positive integer.
    """
    check_network(model, card)
    path = version_path(base, card, version)
    with staged_artefact(path, card) as draft:
        write_version(model, draft, card)
    write_configs(base)
    return path


def write_version(model, path, card):
    """Writes the directory at `path`, where nothing is in the way."""
    # Not at the top: the path of a version needs no TensorFlow.
    from kvideo.export.saved_model import write_saved_model
    from kvideo.export.serving.warmup import write_warmup

    write_saved_model(model, path, card)
    write_warmup(Path(path) / WARMUP, model, card)


def version_path(base, card, version=None):
    """`base/NAME/VERSION`; see `export_serving`."""
    if not re.fullmatch(r"\w[\w.-]*", card.model):
        raise ValueError(
            "TensorFlow Serving knows a model by the name of its folder: "
            "letters, digits, '_', '-' and '.'. "
            f"Received: card.model={card.model!r}"
        )
    folder = Path(base) / card.model
    version = next_version(folder) if version is None else version
    if not isinstance(version, int) or version < 1:
        raise ValueError(
            "`version` must be None or a positive integer. "
            f"Received: version={version!r}"
        )
    return folder / str(version)


def next_version(folder):
    """One more than the highest version in the folder of a model, from 1."""
    folder = Path(folder)
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return 1 + max((int(n) for n in names if n.isdecimal()), default=0)
