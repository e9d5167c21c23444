"""The length of a data set survives what people make of it."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.data import video_dataset_from_directory
from kvideo.data.decode import write_video
from kvideo.data.promised_length import promise_length


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five videos of two classes."""
    folder = tmp_path_factory.mktemp("lengths")
    rng = np.random.default_rng(0)
    for index in range(5):
        path = folder / "ab"[index % 2] / f"{index}.mp4"
        path.parent.mkdir(exist_ok=True)
        write_video(path, rng.integers(0, 256, (4, 16, 16, 3), "uint8"))
    return folder


def clips(folder, **options):
    return video_dataset_from_directory(
        folder,
        num_frames=2,
        frame_size=16,
        seed=0,
        verbose=False,
        **{"batch_size": 2} | options,
    )


def model():
    inputs = keras.Input((2, 16, 16, 3))
    x = keras.layers.GlobalAveragePooling3D()(inputs)
    x = keras.layers.Dense(2, "softmax")(x)
    model = keras.Model(inputs, x)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def scaled(x, y):
    return x / 255, y


@pytest.mark.parametrize(
    "made, options",
    [
        (lambda data: data, {"class_weight": {0: 1.0, 1: 2.0}}),
        (lambda data: data.map(scaled), {}),
        (lambda data: data.map(scaled).prefetch(1), {}),
    ],
)
def test_fit_does_not_say_that_it_ran_out_of_data(folder, made, options):
    data = made(clips(folder))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*ran out of data.*")
        model().fit(data, validation_data=data, epochs=2, verbose=0, **options)


@pytest.mark.parametrize(
    "made, length",
    [
        (lambda data: data.map(scaled), 3),
        (lambda data: data.take(2).map(scaled), 2),
        (lambda data: data.skip(1).shuffle(2), 2),
        (lambda data: data.repeat(2), 6),
        (lambda data: data.repeat(), tf.data.INFINITE_CARDINALITY),
        (lambda data: data.with_options(tf.data.Options()).cache(), 3),
    ],
)
def test_lengths_are_those_of_what_is_made(folder, made, length):
    data = made(clips(folder))
    assert int(data.cardinality()) == length
    if length > 0:
        assert len(list(data)) == length


def test_single_clips_can_be_batched(folder):
    data = clips(folder, batch_size=None).map(scaled).batch(2)
    assert int(data.cardinality()) == len(list(data)) == 3


def test_elements_stay_as_they_are():
    data = promise_length(
        tf.data.Dataset.range(4).filter(lambda x: True),
        tf.data.Dataset.range(4),
    )
    assert [int(x) for x in data.map(lambda x: 2 * x)] == [0, 2, 4, 6]
