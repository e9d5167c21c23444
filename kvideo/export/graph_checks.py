"""Errors of a served graph that say which input was at fault.

Both give INVALID_ARGUMENT, after which a server goes on with the next request.
"""

import tensorflow as tf


def checked(value, fits, *message):
    """Returns `value`; whatever uses it runs only where `fits` is true.

    Args:
        value: A tensor.
        fits: bool tensor ().
        message: What was expected and what came: text, and tensors of
            integers or text.
    """
    assertion = tf.debugging.Assert(fits, list(message), summarize=8)
    with tf.control_dependencies([assertion]):
        return tf.identity(value)


def map_or_name(function, items, message):
    """`function` of each item, all at once; the first that fails is named.

    An operation that fails stops its graph and names itself, not the input.
    `tf.data` can leave failing items out instead, and then it is known which
    are missing. It also works on several items at a time.

    Args:
        function: From one item to tensors of shapes that are known.
        items: A tensor (N, ...).
        message: From the number of the first item that fails, int32, to the
            parts of a message (`checked`).

    Returns:
        What `function` returns, with an axis of length N in front.
    """
    count = tf.shape(items)[0]
    data = tf.data.Dataset.from_tensor_slices(items).enumerate()
    data = data.map(
        tf.autograph.experimental.do_not_convert(
            lambda number, item: (number, function(item))
        ),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    ).ignore_errors()
    # One element more, because a batch of none cannot be read.
    more = tf.nest.map_structure(
        lambda part: tf.zeros(part.shape, part.dtype), data.element_spec
    )
    data = data.concatenate(tf.data.Dataset.from_tensors(more))
    numbers, results = data.batch(
        tf.cast(count, tf.int64) + 1
    ).get_single_element()
    found = tf.shape(numbers)[0] - 1
    # Before the first gap each element stands at its own number.
    in_place = numbers[:-1] == tf.range(tf.cast(found, tf.int64))
    first = tf.reduce_sum(tf.cast(in_place, tf.int32))
    return tf.nest.map_structure(
        lambda part: checked(part[:-1], found == count, *message(first)),
        results,
    )
