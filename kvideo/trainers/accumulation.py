"""A large batch in parts: more clips in a step than memory has room for.

Keras' `gradient_accumulation_steps` is of the optimizer, keeps the sum between
calls, and raises under `tf.distribute.MirroredStrategy` (3.15). Here a step
takes the whole batch and goes through it in parts, so that nothing is left
over between steps: schedules, averages of weights and snapshots stay as they
are, and a step under a strategy is a step.
"""

import keras
import tensorflow as tf

from kvideo.trainers import joint_gradients


@keras.saving.register_keras_serializable(package="kvideo")
class GradientAccumulation(keras.Model):
    """Trains a network with the gradient of a batch, part by part.

    `compile` and `fit` it as any model, with batches of the full size;
    `accumulation.network` is the plain network to save and export. Without
    batch normalisation and dropout a step is that of the whole batch. Batch
    normalisation sees one part at a time, and moves its averages with each.

    Works on one device and under a `tf.distribute` strategy, where every
    replica goes through its share in parts. TensorFlow backend.

    Args:
        network: A built `keras.Model`.
        steps: Number of parts, at least 1. Their sizes differ by one at most.
        **kwargs: `name`.

    Raises:
        ValueError: `steps` below 1. From `fit`: a batch, or the share of a
            replica, of fewer clips than parts (`tf.errors.
            InvalidArgumentError` where sizes are only known as it runs).
    """

    def __init__(self, network, steps, **kwargs):
        super().__init__(**kwargs)
        if steps < 1:
            raise ValueError(
                f"`steps` must be a whole number >= 1. Received: steps={steps}"
            )
        self.network, self.steps = network, steps
        # Its variables are there, so that a callback can restore them.
        self.built = network.built

    def call(self, inputs, training=None):
        return self.network(inputs, training=training)

    def export(self, *arguments, **options):
        """As `keras.Model.export`, of the plain network."""
        self.network.export(*arguments, **options)

    def train_step(self, data):
        data = keras.utils.unpack_x_y_sample_weight(data)
        count = self._count(data[0])
        total = []
        for number in range(self.steps):
            first = number * count // self.steps
            last = (number + 1) * count // self.steps
            # One after the other: side by side they would take the memory of
            # the whole batch.
            with tf.control_dependencies(total):
                part = keras.tree.map_structure(
                    lambda x, a=first, b=last: _cut(x, a, b), data
                )
            gradients = self._gradients(part, (last - first) / count)
            total = _sums(total, gradients) if total else gradients
        self.optimizer.apply(total, self.trainable_weights)
        return self.get_metrics_result()

    def _count(self, clips):
        """Clips in the batch, or in the share of this replica."""
        count = keras.tree.flatten(clips)[0].shape[0]
        message = f"A batch has fewer clips than the {self.steps} parts."
        if count is not None and count < self.steps:
            raise ValueError(
                f"{message} Give larger batches, or fewer parts. Received: "
                f"{count} clips"
            )
        count = tf.shape(keras.tree.flatten(clips)[0])[0]
        enough = tf.debugging.assert_greater_equal(count, self.steps, message)
        with tf.control_dependencies([enough] if enough is not None else []):
            return tf.identity(count)

    def _gradients(self, part, share):
        """Of the loss of a part, times its share in the batch."""
        x, y, weight = part
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
            loss = self.compute_loss(x, y, outputs, weight, training=True)
            scaled = self.optimizer.scale_loss(
                loss * tf.cast(share, loss.dtype)
            )
        self._observe(x, y, outputs, weight, loss)
        return joint_gradients.of(tape, scaled, self.trainable_weights)

    def _observe(self, x, y, outputs, weight, loss):
        count = tf.shape(keras.tree.flatten(x)[0])[0]
        # Under a strategy it is this replica's part of the mean over all.
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss * replicas, sample_weight=count)
        self.compute_metrics(x, y, outputs, sample_weight=weight)

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "steps": self.steps,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        network = keras.saving.deserialize_keras_object(
            config["network"], custom_objects=custom_objects
        )
        return cls(**{**config, "network": network})


def _cut(tensor, first, last):
    return None if tensor is None else tf.identity(tensor[first:last])


def _sums(first, second):
    return [a + b for a, b in zip(first, second, strict=True)]
