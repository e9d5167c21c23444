"""A loop that holds one step's tensors at a time, on any backend.

Steps that do not need one another may run side by side in a TensorFlow graph,
and then all of their tensors are alive together; Keras' own `scan` would keep
them apart, but on TensorFlow wants outputs of the shape of what is carried.
"""

import keras


def scan(step, carried, inputs):
    """Call `step` once for each entry of axis 0 of the inputs, in order.

    Args:
        step: Takes (carried, inputs of the step), returns (carried, output).
        carried: Tuple of tensors, may be empty.
        inputs: Tuple of tensors (n, ...), n known but on TensorFlow.

    Returns:
        What the last step carried, and the outputs stacked on axis 0.
    """
    if keras.backend.backend() == "tensorflow":
        return _tensorflow_scan(step, carried, inputs)
    return keras.ops.scan(step, carried, inputs)


def _tensorflow_scan(step, carried, inputs):
    import tensorflow as tf

    known = inputs[0].shape[0]
    count = tf.shape(inputs[0])[0] if known is None else known
    outputs = tf.TensorArray(inputs[0].dtype, count, infer_shape=False)
    shapes = []  # a loop in a graph forgets the shape of what it writes

    def body(i, carried, outputs):
        carried, output = step(carried, tuple(x[i] for x in inputs))
        shapes.append(output.shape)
        return i + 1, carried, outputs.write(i, output)

    _, carried, outputs = tf.while_loop(
        lambda i, *_: i < count,
        body,
        (0, carried, outputs),
        parallel_iterations=1,
    )
    return carried, tf.ensure_shape(outputs.stack(), (known, *shapes[0]))
