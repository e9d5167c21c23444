"""A batch in parts is the batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.trainers import CoupledSGD, GradientAccumulation


def network(norm=False):
    keras.utils.set_random_seed(0)
    clips = keras.Input((4,))
    x = keras.layers.Dense(5, activation="tanh", name="hidden")(clips)
    if norm:
        x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Dense(
        3, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.1)
    )(x)
    return keras.Model(clips, x)


def clips(count=7):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 4)), rng.integers(0, 3, count)


def fitted(steps, optimizer, weight=None):
    """Two batches of seven, which parts cut unevenly."""
    model = plain = network()
    if steps:
        model = GradientAccumulation(plain, steps)
    model.compile(
        optimizer(), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    x, y = clips(14)
    logs = model.fit(
        x, y, 7, shuffle=False, sample_weight=weight, verbose=0
    ).history
    return plain.get_weights(), logs


@pytest.mark.parametrize("steps, weighted", [(1, False), (3, True)])
def test_parts_make_the_step_of_the_whole_batch(steps, weighted):
    def optimizer():
        return CoupledSGD(0.5, l2=0.1, momentum=0.9, global_clipnorm=0.2)

    weight = np.linspace(0, 2, 14) if weighted else None
    weights, logs = fitted(steps, optimizer, weight)
    expected, expected_logs = fitted(None, optimizer, weight)
    for ours, theirs in zip(weights, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert logs.keys() == expected_logs.keys()
    for name, values in expected_logs.items():
        assert logs[name] == pytest.approx(values, abs=1e-6), name


def test_scaled_losses_are_unscaled_once():
    def optimizer():
        return keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5))

    weights, _ = fitted(2, optimizer)
    expected, _ = fitted(None, lambda: keras.optimizers.SGD(0.5))
    for ours, theirs in zip(weights, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_normalisation_sees_one_part_at_a_time():
    plain = network(norm=True)
    model = GradientAccumulation(plain, 2)
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    x, y = clips(4)
    hidden = keras.ops.convert_to_numpy(plain.get_layer("hidden")(x))
    model.fit(x, y, 4, shuffle=False, verbose=0)
    m = plain.get_layer("norm").momentum
    halves = hidden[:2].mean(0), hidden[2:].mean(0)
    expected = (1 - m) * (m * halves[0] + halves[1])
    np.testing.assert_allclose(
        plain.get_layer("norm").moving_mean, expected, atol=1e-6
    )


def waits(operation):
    """Whether it waits for more than a check of the batch's size.

    TensorFlow hangs the dependency on the first operations of a slice.
    """
    found = [operation]
    for _ in range(2):
        found += [x.op for op in found for x in op.inputs]
    return any(
        "assert" not in other.name
        for op in found
        for other in op.control_inputs
    )


def test_one_part_waits_for_the_other():
    """Every slice but the first depends on gradients of the one before."""
    model = GradientAccumulation(network(), 3)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    x, y = map(tf.constant, clips(6))
    graph = tf.function(lambda: model.train_step((x, y)))
    operations = graph.get_concrete_function().graph.get_operations()
    slices = [
        op
        for op in operations
        if op.type == "Identity"
        and op.inputs[0].op.type == "StridedSlice"
        and op.inputs[0].shape.rank == 2
    ]
    waiting = [op for op in slices if waits(op)]
    assert (len(slices), len(waiting)) == (3, 2)


def test_too_few_clips_and_too_few_parts():
    with pytest.raises(ValueError, match=r"`steps` must be .*steps=0"):
        GradientAccumulation(network(), 0)
    x, y = clips(3)
    slices = tf.data.Dataset.from_tensor_slices((x, y))
    for data, error, message in (
        (slices.batch(8), tf.errors.InvalidArgumentError, "fewer clips"),
        (slices.batch(3, True), ValueError, "Received: 3 clips"),
    ):
        model = GradientAccumulation(network(), 4)
        model.compile("sgd", "sparse_categorical_crossentropy")
        with pytest.raises(error, match=message):
            model.fit(data, verbose=0)


def test_config_round_trip():
    model = GradientAccumulation(network(), 3, name="parts")
    again = GradientAccumulation.from_config(model.get_config())
    assert (again.steps, again.name) == (3, "parts")
    assert again.network.count_params() == model.network.count_params()
