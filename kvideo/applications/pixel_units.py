"""Whether the network of a file takes pixels in the unit of another one.

A network that started from ImageNet weights normalises pixels as Keras' does,
and so does all that is trained from it. In a network that divides them by 58
instead, the same weights fit and see next to nothing. A `.keras` file says how
its network was built; a `.weights.h5` file does not.
"""

import json
import math
import zipfile

import keras

from kvideo import bounds

# The layers that bring pixels to the scale of the weights, see `plumbing` and
# `dan`.
_LAYERS = ("normalize", "dynamic_scale")
# The normalisations of data sets differ by less, those of Keras by more.
_MOST = 1.5


def check_units(model, path):
    """Raise a ValueError if a file's network takes pixels in another unit.

    Args:
        model: A built `keras.Model`.
        path: The file. Nothing is said of others than `.keras`, and of
            networks that leave the pixels to others.
    """
    if not str(path).endswith(".keras"):
        return
    kind = keras.layers.Rescaling
    layers = [layer for layer in model.layers if isinstance(layer, kind)]
    ours = _scale({layer.name: layer.get_config() for layer in layers})
    theirs = _scale(_configs(path))
    if None in (ours, theirs) or 1 / _MOST < ours / theirs < _MOST:
        return
    raise ValueError(
        f"The network in {path} multiplies pixels by {theirs:.3g}, and "
        f"{model.name} by {ours:.3g}, so the same weights would see something "
        "else. Build it with keras_layout=True if the file's network started "
        "from ImageNet weights, and without otherwise."
    )


def _configs(path):
    """Names of the rescaling layers of a `.keras` file to their arguments."""
    bounds.check_archive(path)
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    layers = config["config"].get("layers", ())
    found = [x["config"] for x in layers if x["class_name"] == "Rescaling"]
    return {config["name"]: config for config in found}


def _scale(configs):
    """What pixels are multiplied by, or None if these layers are not there."""
    scales = [configs[name]["scale"] for name in _LAYERS if name in configs]
    if not scales:
        return None
    return math.prod(_mean(scale) for scale in scales)


def _mean(scale):
    return sum(scale) / len(scale) if isinstance(scale, list) else scale
