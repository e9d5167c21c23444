"""What all clip transforms share. KERAS_BACKEND may be any of the three."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo import layers
from tests.support.clip_transforms import (
    check_in_data_set,
    check_in_model,
    run,
    still_clips,
)

SIZE = {"height": 8, "width": 6}
ALL = {
    "ClipCenterCrop": lambda: layers.ClipCenterCrop(**SIZE),
    "ClipColorJitter": layers.ClipColorJitter,
    "ClipNormalize": layers.ClipNormalize,
    "ClipRandomErasing": lambda: layers.ClipRandomErasing(1.0),
    "ClipRandomFlip": lambda: layers.ClipRandomFlip(1.0),
    "ClipThreeCrop": lambda: layers.ClipThreeCrop(**SIZE),
}
unchanged = pytest.mark.parametrize(
    "make",
    [
        layers.ClipColorJitter,
        layers.ClipCutMix,
        layers.ClipMixUp,
        layers.ClipRandAugment,
        layers.ClipRandomErasing,
        layers.ClipRandomFlip,
    ],
)


# Of each kind of graph one; graphs are slow to make, so the others wait.
FAST = [
    lambda: layers.ClipRandomErasing(1.0, seed=3),
    lambda: layers.ClipRandomFlip(seed=3),
]
OTHERS = [
    *(lambda: layers.ClipCenterCrop(8, 6), layers.ClipNormalize),
    *(lambda: layers.ClipTenCrop(8, 6), lambda: layers.ClipThreeCrop(8, 6)),
    lambda: layers.ClipColorJitter(seed=3),
    lambda: layers.ClipCutMix(seed=3),
    lambda: layers.ClipMixUp(seed=3),
    lambda: layers.ClipMultiScaleCrop(8, 6, seed=3),
    lambda: layers.ClipRandAugment(seed=3),
    lambda: layers.ClipRandomResizedCrop(8, 6, seed=3),
    lambda: layers.ClipShortSideJitter(8, 6, (9, 12), seed=3),
]


@pytest.mark.parametrize("make", FAST)
def test_in_a_data_set(make):
    check_in_data_set(make)


def test_in_a_saved_model():
    check_in_model(FAST[1])


@pytest.mark.slow
@pytest.mark.parametrize("make", OTHERS)
def test_the_others_in_a_data_set_and_a_model(make):
    check_in_data_set(make)
    check_in_model(make)


@unchanged
def test_nothing_happens_outside_training(make):
    x = still_clips()
    np.testing.assert_array_equal(run(make(), x, training=False), x)


@pytest.mark.parametrize("name", ALL)
def test_other_entries_pass_and_labels_stay(name):
    layer = ALL[name]()
    x = still_clips()[:2]
    data = {"clips": x, "labels": np.array([3, 300]), "path": "a"}
    found = layer(data)
    assert set(found) == set(data) and found["path"] == "a"
    labels = keras.ops.convert_to_numpy(found["labels"])
    assert labels.tolist() == np.repeat([3, 300], layer.views).tolist()
    clips, labels = layer((x, np.array([3, 300])))
    assert len(clips) == len(labels) == 2 * layer.views
    found = layer({"clips": x})
    assert set(found) == {"clips"} and len(found["clips"]) == len(clips)


def test_labels_keep_their_precision():
    """Label 300 is not among the whole numbers of bfloat16."""
    layer = layers.ClipRandomFlip(1.0, {300: 301, 301: 300}, dtype="bfloat16")
    data = {"clips": still_clips()[:1], "labels": np.array([300])}
    dataset = tf.data.Dataset.from_tensors(data).map(layer)
    assert next(iter(dataset))["labels"].numpy().tolist() == [301]


def test_clips_of_unknown_size_in_a_data_set():
    clips = [still_clips((1, 2, 10, 8 + i, 3), i)[0] for i in range(3)]
    signature = tf.TensorSpec((None, None, None, 3), "float32")
    dataset = tf.data.Dataset.from_generator(
        lambda: iter(clips), output_signature=signature
    )
    found = list(dataset.map(layers.ClipMultiScaleCrop(6, 6)).batch(3))
    assert found[0].shape == (3, 2, 6, 6, 3)


def test_two_passes_of_a_data_set_draw_anew():
    x = still_clips()[:4]
    dataset = tf.data.Dataset.from_tensor_slices(x)
    dataset = dataset.map(layers.ClipRandomErasing(1.0, seed=3))
    first, second = (np.stack([*dataset.as_numpy_iterator()]) for _ in "ab")
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.zeros((4, 4, 3)), "or one clip"),
        ({"images": np.zeros((2, 4, 4, 3))}, "keys \\['images'\\]"),
        ((np.zeros((1, 2, 4, 4, 3)),) * 3, "3 things"),
    ],
)
def test_bad_inputs(inputs, message):
    with pytest.raises(ValueError, match=message):
        layers.ClipRandomFlip()(inputs)


def test_bad_seed():
    with pytest.raises(ValueError, match="seed='1'"):
        layers.ClipRandomFlip(seed="1")
