"""Clips of a run that are changed on their way."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.trainers import RunConfig, train
from kvideo.trainers.augment import Augment

CLIPS = np.random.default_rng(0).uniform(0, 255, (6, 2, 16, 16, 3))
BATCHES = tf.data.Dataset.from_tensor_slices(
    (CLIPS.astype("float32"), np.eye(6, dtype="float32"))
).batch(3)


def epoch(augment, number):
    augment.on_epoch_begin(number)
    return [(x.numpy(), y.numpy()) for x, y in augment.over(BATCHES)]


def equal(one, other):
    return all(
        np.array_equal(a, b)
        for first, second in zip(one, other, strict=True)
        for a, b in zip(first, second, strict=True)
    )


@pytest.mark.parametrize(
    "name",
    ["color_jitter", "rand_augment", "random_erasing", "mixup", "cutmix"],
)
def test_an_epoch_has_draws_of_its_own_whatever_came_before(name):
    settings = {name: {"rate": 1.0} if name == "random_erasing" else {}}
    augment = Augment(settings, seed=3)
    first, second = epoch(augment, 0), epoch(augment, 1)
    assert not equal(first, second)
    assert equal(second, epoch(Augment(settings, seed=3), 1))
    assert not equal(second, epoch(Augment(settings, seed=4), 1))
    assert first[0][0].shape == (3, 2, 16, 16, 3)


def test_nothing_is_done_where_nothing_is_asked():
    assert Augment({}, seed=0).over(BATCHES) is BATCHES


def test_what_mixes_comes_last_and_labels_stay_shares():
    """Both halves of a mixed clip were erased: one box in all of it is grey."""
    erased = {"rate": 1.0, "scale": (0.9, 0.9), "ratio": (1.0, 1.0)}
    settings = {"mixup": {"alpha": 5.0}, "random_erasing": erased}
    mixed = 0
    for clips, labels in epoch(Augment(settings, seed=0), 0):
        np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-5)
        assert np.all(clips[:, :, 4:12, 4:12] == 127.5)
        mixed += (labels > 0).sum() - len(labels)
    assert mixed


@pytest.mark.parametrize(
    "value", [["mix"], {"mixup": 0.2}, {"rand_augment": None}, "mixup"]
)
def test_bad_names(value):
    with pytest.raises(ValueError, match="`augment` must be names among"):
        RunConfig(model="tiny_net", data="videos", augment=value)


def test_an_argument_that_a_layer_does_not_take_is_named(config):
    run = dataclasses.replace(config, augment={"mixup": {"beta": 1.0}})
    with pytest.raises(ValueError, match="beta"):
        train(run, verbose=0)


def test_a_run_is_augmented_and_resumed(config, tmp_path):
    """Equal losses, interrupted or not; others than without."""
    augment = {"rand_augment": {"magnitude": 5}, "cutmix": {}}
    whole = dataclasses.replace(config, augment=augment, epochs=3)
    losses = [row["loss"] for row in train(whole, verbose=0).history]
    plain = dataclasses.replace(config, epochs=3, out=str(tmp_path / "plain"))
    assert losses != [row["loss"] for row in train(plain, verbose=0).history]

    class Stop(Exception):
        pass

    def stop(number, logs):
        if number == 1:
            raise Stop

    again = dataclasses.replace(whole, out=str(tmp_path / "again"))
    halt = keras.callbacks.LambdaCallback(on_epoch_begin=stop)
    with pytest.raises(Stop):
        train(again, callbacks=[halt], verbose=0)
    rows = train(again, resume=True, verbose=0).history
    assert [row["loss"] for row in rows] == pytest.approx(losses, rel=1e-5)
