"""What a run begins with, where its configuration leaves it open."""

import dataclasses

from kvideo.applications import motion_weights

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


def _fit(overrides):
    shape = overrides.get("input_shape")
    return overrides.keys() <= set(_HARMLESS) and (
        shape is None or shape[-1] == 3
    )
