"""What batch normalisation does in a training.

Frozen layers normalise with the statistics that were loaded, and their scales
and offsets do not learn: Wang et al., Temporal Segment Networks, TPAMI 2019,
call it partialBN when the first layer is left to train. Precise statistics are
those of Wu and Johnson, "Rethinking 'Batch' in BatchNorm", 2021, section 3: the
moving averages lag behind the weights, so they are measured anew.
"""

import keras

from kvideo.applications.roles import batch_norms, stem_norms
from kvideo.trainers.config import POLICIES


def set_policy(model, policy):
    """Freezes or synchronises batch normalisation; compile afterwards.

    Args:
        model: A `keras.Model`.
        policy: `"train"`, `"frozen"`, `"frozen_but_first"`: the first of each
            backbone learns, see `kvideo.applications.roles`; or
            `"synchronized"`: statistics of the whole batch where several
            devices share it. (With JAX they always are.)

    Raises:
        ValueError: A network without batch normalisation, or an unknown
            policy.
    """
    if policy not in POLICIES:
        raise ValueError(
            f"`policy` must be one of {POLICIES}. Received: {policy!r}"
        )
    if policy == "train":
        return
    layers = batch_norms(model)
    if not layers:
        raise ValueError(
            f"`{model.name}` has no batch normalisation to change. Received: "
            f"policy={policy!r}"
        )
    if policy == "synchronized":
        # Keras refuses the attribute with JAX, which needs none.
        for layer in layers * (keras.backend.backend() != "jax"):
            layer.synchronized = True
        return
    kept = stem_norms(model) if policy == "frozen_but_first" else []
    for layer in layers:
        if not any(layer is one for one in kept):
            layer.trainable = False


def precise_batch_norm(model, batches, count):
    """Replaces moving statistics by averages over batches.

    All weights stay. Each layer's mean and variance become the plain averages
    of those of the batches, in training mode. Frozen layers stay as they are.

    Args:
        model: A `keras.Model`.
        batches: Iterable of clips, or of tuples that begin with clips.
        count: How many batches to take, at least 1.

    Returns:
        The number of batches that there were, `count` at most.

    Raises:
        ValueError: No batch.
    """
    layers = [layer for layer in batch_norms(model) if layer.trainable]
    momenta = [layer.momentum for layer in layers]
    done = 0
    try:
        for batch, _ in zip(batches, range(count), strict=False):
            clips = batch[0] if isinstance(batch, tuple | list) else batch
            # The n-th value goes into an average with weight 1 / n.
            for layer in layers:
                layer.momentum = done / (done + 1)
            model(keras.ops.convert_to_tensor(clips), training=True)
            done += 1
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    if not done:
        raise ValueError(
            "Precise statistics need a batch of clips. Received: none"
        )
    return done
