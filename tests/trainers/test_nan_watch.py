"""A loss that is not finite: the step, the files and the layer."""

import re

import keras
import numpy as np
import pytest

from kvideo.trainers.nan_watch import NanWatch, first_not_finite


@keras.saving.register_keras_serializable(package="tests")
class Reciprocal(keras.layers.Layer):
    """1 / x, infinite for a clip of zeros."""

    def call(self, inputs):
        return 1.0 / inputs


def network():
    keras.utils.set_random_seed(0)
    clips = keras.Input((2, 3))
    x = keras.layers.Dense(
        4, kernel_initializer="ones", use_bias=False, name="first"
    )(clips)
    x = Reciprocal(name="second")(x)
    x = keras.layers.Dense(2, activation="softmax", name="third")(x[:, 0])
    return keras.Model(clips, x)


def test_the_first_layer_in_the_order_of_the_graph_is_named():
    assert "'second' (Reciprocal)" in first_not_finite(
        network(), np.zeros((1, 2, 3), "float32")
    )


def test_clips_weights_and_losses_are_told_apart():
    model, clips = network(), np.ones((1, 2, 3), "float32")
    assert "it is the loss" in first_not_finite(model, clips)
    assert "clips themselves" in first_not_finite(model, clips * np.inf)
    model.get_layer("third").kernel.assign(np.full((4, 2), np.nan))
    assert "third/kernel' was not finite before" in first_not_finite(
        model, clips
    )


def test_fit_stops_at_the_step_and_looks_at_the_weights_of_before():
    model = network()
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    x = np.ones((6, 2, 3), "float32")
    x[4] = 0
    asked = []

    def clips(epoch, step, paths):
        asked.append((epoch, step, paths))
        return x[2 * step : 2 * step + 2]

    watch = NanWatch(lambda epoch, step: [f"{step}.mp4"], clips)
    with pytest.raises(ValueError) as raised:
        model.fit(
            x,
            np.zeros(6),
            batch_size=2,
            shuffle=False,
            initial_epoch=1,
            epochs=2,
            callbacks=[watch],
            verbose=0,
        )
    message = str(raised.value)
    assert re.search(r"The loss is \w+ in epoch 2, step 3\.", message)
    assert "come from 'second' (Reciprocal)" in message
    assert "Files of the batch: 2.mp4." in message
    assert "learning_rate=0.1" in message
    assert asked == [(1, 2, ["2.mp4"])]
    # The weights are those of before the step, which made them NaN.
    assert np.isfinite(model.get_layer("third").get_weights()[0]).all()


def test_without_clips_the_step_is_named():
    model = network()
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"in epoch 1, step 1\. Lower"):
        model.fit(
            np.zeros((2, 2, 3)),
            np.zeros(2),
            callbacks=[NanWatch()],
            verbose=0,
        )
