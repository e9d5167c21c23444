"""Gradients of several losses in one step, on one device or on several.

Under a `tf.distribute` strategy every replica has a share of the batch, and
losses are divided by the number of replicas, so that gradients add up to those
of the whole batch. Keras adds them up inside of the optimizer, after it has
clipped each share. What is found from gradients (the alpha of
`JointTraining`) and what is clipped must be the gradient of the whole batch,
so that it is added up here, and given to the optimizer once.
"""

from contextlib import contextmanager

import tensorflow as tf


def of(tape, loss, weights):
    """Gradients; zeros where a weight has no part in the loss.

    A tape's own zeros fail behind a synchronized BatchNorm (TensorFlow 2.21).
    """
    found = tape.gradient(loss, [w.value for w in weights])
    pairs = zip(found, weights, strict=True)
    return [tf.zeros_like(w.value) if g is None else g for g, w in pairs]


def sum_over_replicas(*gradients):
    """Adds up lists of gradients over all replicas.

    Args:
        *gradients: Lists of tensors, each of this replica.

    Returns:
        As many lists, the same for all replicas.
    """
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return gradients
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)


def apply_once(optimizer, gradients, weights, order):
    """Makes a step with gradients that are the same for all replicas.

    Args:
        optimizer: A Keras optimizer, built with `order`.
        gradients: List of tensors.
        weights: What they belong to, some or all of `order`.
        order: All weights, as the optimizer knows them.
    """
    found = dict(zip(map(id, weights), gradients, strict=True))
    weights = [w for w in order if id(w) in found]
    gradients = [_at_first_replica(found[id(w)]) for w in weights]
    optimizer.apply(gradients, weights)


def _at_first_replica(gradient):
    """Zeros at the others, as the optimizer adds all of them up."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return gradient
    first = context.replica_id_in_sync_group == 0
    return tf.where(first, gradient, tf.zeros_like(gradient))


def split_weights(weights, layers):
    """Those that are trained of some layers (Theta1), and the others."""
    own = [w for layer in layers for w in layer.trainable_weights]
    known = {id(w) for w in own}
    return own, [w for w in weights if id(w) not in known]


@contextmanager
def frozen(layers):
    """While a step is traced: layers as in inference, then as they were.

    What was frozen inside of one stays so: `trainable` of a layer sets that
    of all layers in it.
    """
    parts = [part for layer in layers for part in layer._flatten_layers()]
    before = [part.trainable for part in parts]
    for layer in layers:
        layer.trainable = False
    try:
        yield
    finally:
        # A layer comes before those in it.
        for part, value in zip(parts, before, strict=True):
            part.trainable = value
