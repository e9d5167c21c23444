"""A network with two losses: its projection's, L1, and its classifier's, L2.

Replicas of a `tf.distribute` strategy are threads that trace in turns. Where
one waits for the others in the middle of the network (a synchronized
BatchNorm), the next begins, and clears the losses that layers had added for
the first: `layer.losses` is then another replica's. So what a projection adds
is noted for each thread apart.
"""

import contextlib
import threading

import keras
import tensorflow as tf

from kvideo.layers import PixelWiseTemporalProjection

_THREAD = threading.local()


class TwoLosses(keras.Model):
    """Observes both losses, in training and in evaluation.

    Args:
        network: A built `keras.Model` with a `PixelWiseTemporalProjection`.
        **kwargs: `name`.
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self._check_projections()
        for layer in self.projections:
            _note_what_is_added(layer)
        self.projection_loss = keras.metrics.Mean(name="projection_loss")
        # Its variables are there, so that a callback can restore them.
        self.built = True

    def _check_projections(self):
        name = self.network.name
        if not any(layer.loss_weight for layer in self.projections):
            raise ValueError(
                "Joint training needs the loss of a "
                "PixelWiseTemporalProjection, which the network does not "
                f"add. Received: network={name!r}. Build it with one, and "
                "with a `loss_weight` above 0."
            )
        if not all(layer.trainable_weights for layer in self.projections):
            raise ValueError(
                "Joint training trains the projection, and one is frozen or "
                f"not built. Received: network={name!r} with the projections "
                f"{[layer.name for layer in self.projections]}. Set "
                "`trainable` to True, and call the network on a batch."
            )

    @property
    def projections(self):
        """The layers whose weights are Theta1."""
        return [
            layer
            for layer in self.network._flatten_layers()
            if isinstance(layer, PixelWiseTemporalProjection)
        ]

    @property
    def losses(self):
        """What `compute_loss` adds to the classifier's: all but L1."""
        own = {id(x) for layer in self.projections for x in layer.losses}
        return [x for x in super().losses if id(x) not in own]

    def call(self, inputs, training=None):
        return self.network(inputs, training=training)

    def export(self, *arguments, **options):
        """As `keras.Model.export`, of the plain network."""
        self.network.export(*arguments, **options)

    def test_step(self, data):
        self.both_losses(data, training=False)
        return self.get_metrics_result()

    def both_losses(self, data, training=True):
        """L1 and L2 of a batch; the metrics of both see it.

        Under a strategy both are a replica's share in the mean over all.
        """
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        with _noted() as added:
            outputs = self(x, training=training)
        second = self.compute_loss(x, y, outputs, weight, training=training)
        if not added:
            raise ValueError(
                "No projection has added its loss: the network has "
                f"{[layer.name for layer in self.projections]} and calls "
                "none. Call them in the network's `call`."
            )
        first = sum(added)
        count = tf.shape(keras.tree.flatten(x)[0])[0]
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(second * replicas, sample_weight=count)
        self.projection_loss.update_state(first, sample_weight=count)
        self.compute_metrics(x, y, outputs, sample_weight=weight)
        return first / replicas, second


def _note_what_is_added(layer):
    add = layer.add_loss
    if getattr(add, "notes", False):
        return

    def add_and_note(loss):
        add(loss)
        if getattr(_THREAD, "added", None) is not None:
            _THREAD.added.append(loss)

    add_and_note.notes = True
    layer.add_loss = add_and_note


@contextlib.contextmanager
def _noted():
    """The losses that are added in this thread, a list."""
    _THREAD.added = []
    try:
        yield _THREAD.added
    finally:
        _THREAD.added = None
