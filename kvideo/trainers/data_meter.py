"""How long does training wait for clips, and which clips does it get?

Keras takes a batch inside its compiled step, where no callback can see how
long it takes. So the question is put to the data set: it is zipped behind a
clock, which is read when a batch is asked for, and again when it is there.
"""

import sys
import threading

from kvideo.data.promised_length import promise_length


class DataMeter:
    """Counts the clips that come out of a `tf.data.Dataset`.

    Attributes:
        clips: How many came so far.
        waited: Seconds between asking for batches and having them, in all.
        clip: The first clip of the latest pass, an array (T, H, W, C) as the
            network takes it, or None.
        watching: Whether there is a data set that is counted.
    """

    def __init__(self):
        self.clips, self.waited, self.clip = 0, 0.0, None
        self.watching = False
        self._lock = threading.Lock()

    def watch(self, dataset):
        """The same batches, counted on their way.

        Args:
            dataset: A `tf.data.Dataset` of batches (clips, ...). Under a
                `tf.distribute` strategy, which takes a data set apart, and of
                another kind it is returned as it is.

        Returns:
            A data set of the same length and order.
        """
        # Where nobody has loaded it, the data set is not one of its own.
        tf = sys.modules.get("tensorflow")
        self.watching = (
            tf is not None
            and isinstance(dataset, tf.data.Dataset)
            and not tf.distribute.has_strategy()
        )
        if not self.watching:
            return dataset
        clock = tf.data.Dataset.counter().map(lambda i: (i, tf.timestamp()))

        @tf.autograph.experimental.do_not_convert
        def count(asked, batch):
            clips = tf.nest.flatten(batch)[0]
            waited = tf.timestamp() - asked[1]
            first = tf.cond(
                asked[0] == 0,
                lambda: clips[:1],
                lambda: tf.zeros_like(clips[:0]),
            )
            size = tf.shape(clips)[0]
            counted = tf.numpy_function(
                self._count, [waited, size, first], tf.bool
            )
            with tf.control_dependencies([counted]):
                return tf.nest.map_structure(tf.identity, batch)

        # A zipped data set asks its parts in turn. Prefetching behind it
        # would hide the waiting.
        options = tf.data.Options()
        options.experimental_optimization.inject_prefetch = False
        zipped = tf.data.Dataset.zip((clock, dataset))
        watched = zipped.map(count).with_options(options)
        # What the data set promises: without a length Keras asks for a batch
        # too many, and the optimizer counts a step that was not made.
        return promise_length(watched, dataset)

    def _count(self, waited, size, first):
        with self._lock:
            self.waited += float(waited)
            self.clips += int(size)
            if len(first):
                self.clip = first[0].copy()
        return True
