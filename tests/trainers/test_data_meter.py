import time

import numpy as np
import pytest
import tensorflow as tf

from kvideo.trainers import DataMeter


def slow_clips(number=10, seconds=0.0):
    """Clip i is full of i."""

    def read(i):
        time.sleep(seconds)
        return np.full((2, 4, 4, 3), i, np.float32)

    def load(i):
        clip = tf.numpy_function(read, [i], tf.float32)
        clip.set_shape((2, 4, 4, 3))
        return clip, i

    return tf.data.Dataset.range(number).map(load)


def test_batches_stay_as_they_are():
    dataset = slow_clips().batch(4)
    meter = DataMeter()
    watched = meter.watch(dataset)
    assert meter.watching
    assert int(watched.cardinality()) == 3
    assert watched.element_spec == dataset.element_spec
    for _ in range(2):
        pairs = list(zip(watched, dataset, strict=True))
        for (ours, label), (clips, expected) in pairs:
            np.testing.assert_array_equal(ours, clips)
            np.testing.assert_array_equal(label, expected)
    assert meter.clips == 20


def test_a_length_that_only_the_data_set_knows_is_kept():
    """Broken files are filtered out, so tf.data cannot tell; kvideo does."""
    dataset = slow_clips().filter(lambda clip, i: True).batch(4)
    dataset.cardinality = lambda: tf.constant(3, tf.int64)
    assert int(DataMeter().watch(dataset).cardinality()) == 3


def test_the_first_clip_of_a_pass_is_kept():
    meter = DataMeter()
    watched = meter.watch(slow_clips().skip(3).batch(4))
    assert meter.clip is None
    list(watched)
    assert meter.clip.shape == (2, 4, 4, 3)
    assert (meter.clip == 3).all()


def test_waiting_is_what_the_reader_takes():
    meter = DataMeter()
    began = time.perf_counter()
    list(meter.watch(slow_clips(5, seconds=0.05).batch(1)))
    seconds = time.perf_counter() - began
    # tf.data may read the next clip while one is passed on: 0.2 was seen.
    assert 0.15 <= meter.waited <= seconds


def test_a_reader_that_is_ahead_makes_nobody_wait():
    """Half a second of reading, while the consumer is busy for longer."""
    meter = DataMeter()
    dataset = slow_clips(10, seconds=0.05).batch(1).prefetch(10)
    for i, _ in enumerate(meter.watch(dataset)):
        if i == 0:
            first = meter.waited
            time.sleep(1.0)
    assert meter.waited - first < 0.25


def test_other_data_sets_are_left_alone():
    arrays = (np.zeros((2, 1)), np.zeros(2))
    meter = DataMeter()
    assert meter.watch(arrays) is arrays
    dataset = slow_clips()
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        assert meter.watch(dataset) is dataset
    assert not meter.watching


@pytest.mark.parametrize("keys", [True, False])
def test_batches_of_any_structure(keys):
    dataset = slow_clips(3).map(
        lambda clip, i: (clip, {"verb": i, "noun": i} if keys else (i, i, i))
    )
    meter = DataMeter()
    assert len(list(meter.watch(dataset.batch(2)))) == 2
    assert meter.clips == 3
