"""What a run begins with, where its configuration leaves it open."""

import dataclasses
import math

from kvideo.applications import motion_weights
from kvideo.applications.layer_names import abbreviated

# Arguments of a builder that leave the weights of the package in their place.
_HARMLESS = ("dropout", "input_shape")


def settled(config):
    """The configuration with its first weights said.

    A network that has weights which know motion (`weights="motion"`) begins
    with them: a training from random weights takes several times as long to
    see what moves. `model_overrides={"weights": None}` begins at random.

    Args:
        config: A `RunConfig`.

    Returns:
        The pair of a `RunConfig` and a sentence for whoever watches, or None.
    """
    overrides = config.model_overrides
    said = config.weights_from is not None or "weights" in overrides
    if said or config.model not in motion_weights.networks():
        return config, None
    if not _fit(overrides):
        return config, None
    overrides = {**overrides, "weights": "motion"}
    return dataclasses.replace(config, model_overrides=overrides), (
        f"{config.model} begins with the package's motion weights "
        "(--weights none: at random)."
    )


def taken(network, left):
    """A sentence for whoever watches: what a file gave a network.

    Args:
        network: A `keras.Model` with the weights of the file.
        left: What `kvideo.load_backbone_weights` returned.
    """
    left, sizes = set(left), {True: 0, False: 0}
    for weight in network.weights:
        sizes[weight.path in left] += math.prod(weight.shape)
    layers = {abbreviated(path).split("/")[0] for path in left}
    return (
        f"{network.name} takes {sizes[False]:,} of {sum(sizes.values()):,} "
        f"numbers from the file; as without it: "
        f"{', '.join(sorted(layers)) or 'none'}."
    )


def _fit(overrides):
    shape = overrides.get("input_shape")
    return overrides.keys() <= set(_HARMLESS) and (
        shape is None or shape[-1] == 3
    )
