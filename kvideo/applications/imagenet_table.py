"""What `weights="imagenet"` loads into each network, told from shapes alone.

docs/weights.md is written from here. Nothing is downloaded, and no weight gets
a value.
"""

from dataclasses import dataclass

import keras

from kvideo.applications import transfer
from kvideo.applications.image_networks import SOURCES, WITHOUT
from kvideo.applications.layer_names import abbreviated
from kvideo.applications.registry import create_model, list_models, model_info
from kvideo.applications.shapes_only import shapes_only
from kvideo.applications.transfer import HOW


@dataclass(frozen=True)
class Start:
    """How a network starts with ImageNet weights.

    Attributes:
        source: Network of `keras.applications`.
        backbones: What stands before the names of each backbone: `("",)`, or
            `("busy_", "quiet_")`.
        loaded: Way, some of `transfer.HOW` joined by commas -> how many
            numbers go in by it.
        left: Layers, numbers in their names as `*`, of which some weight
            starts as without these weights; of layers with others inside,
            those.
        left_numbers: How many numbers these are.
    """

    source: str
    backbones: tuple
    loaded: dict
    left: tuple
    left_numbers: int


def networks_with():
    """Names of all networks that have ImageNet weights."""
    return [n for n in list_models() if model_info(n).imagenet in SOURCES]


def networks_without():
    """Reason -> names of the networks that have none for it."""
    found = {}
    for name in list_models():
        reason = model_info(name).imagenet
        if reason not in SOURCES:
            found.setdefault(WITHOUT.get(reason), []).append(name)
    return found


def start(name, **overrides):
    """The `Start` of a network.

    Args:
        name: One of `networks_with()`.
        **overrides: Arguments of its builder, such as `input_shape`.
    """
    source = model_info(name).imagenet
    pairs, *_ = SOURCES[source]
    with shapes_only():
        reference = getattr(keras.applications, source)(
            weights=None, include_top=False
        )
        model = create_model(name, keras_layout=True, **overrides)
        prefixes = transfer.pathways(model, reference, pairs)
        found = transfer.transfers(model, reference, pairs)
        filled = {one.target.path for one in found}
        left = [w for w in model.weights if w.path not in filled]
    return Start(
        source,
        tuple(prefixes),
        _numbers_by_way(found),
        tuple(dict.fromkeys(abbreviated(weight.path) for weight in left)),
        sum(weight.shape.num_elements() for weight in left),
    )


def _numbers_by_way(found):
    numbers = {}
    for one in found:
        way = ", ".join(word for word in HOW if word in one.how)
        size = one.target.shape.num_elements()
        numbers[way] = numbers.get(way, 0) + size
    return numbers
