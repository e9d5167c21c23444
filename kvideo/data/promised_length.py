"""A data set that says how many elements it has, where TensorFlow cannot know.

After a filter the length of a `tf.data.Dataset` is unknown, and `fit` warns at
the end of the first epoch that it ran out of data. Ours filters out files that
cannot be read, and almost always none. What is made of the data set promises a
length, too: `fit(class_weight=...)` maps it, and so do people.
"""

import functools

_SAME_LENGTH = ("map", "prefetch", "shuffle", "cache", "with_options")
_OTHER_LENGTH = ("batch", "repeat", "shard", "skip", "take")


def promise_length(dataset, counted):
    """Gives a data set the length of another, and what is made of it too.

    The promise is broken only where all files of one batch are.

    Args:
        dataset: The `tf.data.Dataset`, changed.
        counted: One of as many elements, such as `tf.data.Dataset.range(n)`.

    Returns:
        The data set.
    """
    dataset.cardinality = counted.cardinality
    for name in (*_SAME_LENGTH, *_OTHER_LENGTH):
        setattr(dataset, name, _promising(dataset, counted, name))
    return dataset


def _promising(dataset, counted, name):
    method = getattr(dataset, name)

    @functools.wraps(method)
    def call(*arguments, **options):
        left = counted
        if name in _OTHER_LENGTH:
            left = getattr(counted, name)(*arguments, **options)
        return promise_length(method(*arguments, **options), left)

    return call
