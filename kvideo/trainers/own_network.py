"""Whether a network of one's own can be trained as a run asks."""

import keras

from kvideo.applications import own_networks
from kvideo.trainers import strategy


def check_fits(network, config, class_names):
    """Raises `ValueError` for what would fail, or be wrong without a word.

    Args:
        network: The `keras.Model` of the run, of one's own or not.
        config: The `RunConfig`.
        class_names: Of the videos.
    """
    classes = network.output_shape[-1]
    if classes != len(class_names):
        raise ValueError(
            f"The videos have {len(class_names)} classes and the network "
            f"{classes} outputs. Build it for them, or give a function that "
            f"takes `classes`. Received: model={config.model!r}, "
            f"class_names={list(class_names)}"
        )
    last = network.layers[-1]
    if getattr(last, "activation", None) is keras.activations.linear:
        raise ValueError(
            "A run trains networks that end in probabilities. Add a softmax. "
            f"Received: model={config.model!r}, whose last layer, "
            f"{last.name!r}, has no activation"
        )
    if own_networks.is_own(config.model) and config.multigrid:
        raise ValueError(
            "`multigrid` needs a registry network, which it builds in several "
            f"shapes. Received: model={config.model!r}, "
            f"multigrid={config.multigrid}"
        )
    if own_networks.is_given(config.model):
        _check_given(config)


def _check_given(config):
    """One that was built before the run cannot change how it was built."""
    if config.precision != "float32":
        raise ValueError(
            "Layers keep the precision that they were built with. Give a "
            "function that builds the network, or build it under "
            "keras.config.set_dtype_policy. Received: "
            f"model={config.model!r}, precision={config.precision!r}"
        )
    if config.model_overrides:
        raise ValueError(
            "`model_overrides` are arguments of a function that builds the "
            f"network. Received: model={config.model!r}, "
            f"model_overrides={config.model_overrides}"
        )
    if strategy.replicas() > 1:
        raise ValueError(
            "Several devices share a network that was built for them: give a "
            "function that builds it, or strategy='none'. Received: "
            f"model={config.model!r}, devices={strategy.replicas()}"
        )
