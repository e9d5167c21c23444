"""Clipping of the gradient of the whole batch, on many devices as on one.

Under a `tf.distribute` strategy each replica has the gradient of its share,
and Keras clips each before it adds them up (3.15): the norm of a share is not
that of the sum, so the step depends on the number of devices. Here they are
added up first.
"""

import keras


class ClipsTheSum:
    """Stands before a Keras optimizer as a base."""

    def _clip_gradients(self, gradients):
        if _replicas() > 1:
            return gradients
        return super()._clip_gradients(gradients)

    def _all_reduce_sum_gradients(self, pairs):
        """Of the TensorFlow optimizer; after it all replicas have the sum."""
        pairs = super()._all_reduce_sum_gradients(pairs)
        if _replicas() == 1:
            return pairs
        gradients, variables = zip(*pairs, strict=True)
        clipped = super()._clip_gradients(list(gradients))
        return list(zip(clipped, variables, strict=True))


def _replicas():
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync
