"""Batch normalisation with TensorFlow's fused kernel."""

import tensorflow as tf


def batch_norm(x, gamma, beta, epsilon):
    """See `kvideo.ops.batch_norm`."""
    x = tf.convert_to_tensor(x)
    shape = tf.shape(x)
    folded = tf.reshape(x, tf.concat([[-1], shape[2:]], axis=0))
    folded.set_shape((None, *x.shape[2:]))
    y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=folded,
        scale=tf.cast(gamma, tf.float32),
        offset=tf.cast(beta, tf.float32),
        mean=tf.zeros([0]),
        variance=tf.zeros([0]),
        epsilon=epsilon,
        is_training=True,
    )
    y = tf.reshape(y, shape)
    y.set_shape(x.shape)
    # The kernel divides by n - 1; Keras and the normalisation itself by n.
    count = tf.cast(tf.reduce_prod(shape[:-1]), tf.float32)
    return y, mean, variance * (count - 1) / count
