import numpy as np
import pytest
import tensorflow as tf

from kvideo.layers import ClipCutMix, ClipMixUp
from kvideo.layers.augment import mix_clips, mix_labels, paste_boxes
from kvideo.layers.augment.mix import cut_boxes, kept_shares
from tests.support.clip_transforms import (
    check_clip_transform,
    run,
    still_clips,
)

BOTH = pytest.mark.parametrize("cls", [ClipMixUp, ClipCutMix])
# Clip k is k everywhere: what is mixed in says whose it was.
FLAT = np.broadcast_to(
    np.arange(8.0).reshape(8, 1, 1, 1, 1), (8, 2, 10, 10, 3)
).astype("float32")
LABELS = np.eye(8, dtype="float32")


@BOTH
def test_contract(cls):
    check_clip_transform(lambda: cls(0.9, seed=1))


def test_mix_by_hand():
    weights = np.array([0.25, 1.0], "float32")
    order = np.array([1, 0], "int32")
    found = np.asarray(mix_clips(FLAT[:2] * 8, weights, order))
    assert found[:, 0, 0, 0, 0].tolist() == [6, 8]
    found = np.asarray(mix_labels(np.eye(2), weights, order))
    assert found.tolist() == [[0.25, 0.75], [0, 1]]


def test_paste_by_hand():
    boxes = np.array([[1, 2, 3, 4], [0, 0, 0, 9]], "int32")
    found = np.asarray(paste_boxes(FLAT[:2], boxes, np.array([1, 0])))
    expected = FLAT[:2].copy()
    expected[0, :, 1:4, 2:6] = 1
    np.testing.assert_array_equal(found, expected)
    kept = np.asarray(kept_shares(boxes, FLAT[:2].shape))
    np.testing.assert_allclose(kept, [0.88, 1])


def test_boxes_are_cut_at_the_edges_by_hand():
    """A quarter of 10 x 10 is 5 x 5, around (0, 5), (5, 5) and (9, 9)."""
    kept = np.full(3, 0.75, "float32")
    down, across = np.array([[0, 0.5, 0.99], [0.5, 0.5, 0.99]], "float32")
    found = np.asarray(cut_boxes((3, 1, 10, 10, 3), kept, (down, across)))
    assert found.tolist() == [[0, 2, 2, 5], [2, 2, 5, 5], [6, 6, 4, 4]]


@BOTH
def test_labels_are_mixed_as_the_clips(cls):
    """The mean of clip k's pixels is the mean of its labels' numbers."""
    clips, labels = cls(1.0, seed=0)((FLAT, LABELS))
    clips, labels = np.asarray(clips), np.asarray(labels)
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
    assert (np.diag(labels) < 0.99).sum() >= 4
    np.testing.assert_allclose(
        clips.mean(axis=(1, 2, 3, 4)), labels @ np.arange(8), atol=1e-3
    )
    np.testing.assert_array_equal(clips[:, 0], clips[:, 1])


@BOTH
def test_dictionary_and_pair_are_the_same(cls):
    pair = cls(1.0, seed=0)((FLAT, LABELS.astype("int32")))
    found = cls(1.0, seed=0)({"clips": FLAT, "labels": LABELS})
    np.testing.assert_array_equal(found["clips"], pair[0])
    np.testing.assert_array_equal(found["labels"], pair[1])


@BOTH
def test_in_a_data_set_of_pairs(cls):
    layer = cls(1.0, seed=0)
    dataset = tf.data.Dataset.from_tensor_slices((FLAT, LABELS)).batch(8)
    dataset = dataset.map(lambda clips, labels: layer((clips, labels)))
    clips, labels = next(iter(dataset))
    np.testing.assert_allclose(
        clips.numpy().mean(axis=(1, 2, 3, 4)),
        labels.numpy() @ np.arange(8),
        atol=1e-3,
    )


@BOTH
def test_labels_stay_outside_training(cls):
    clips, labels = cls()((FLAT, LABELS), training=False)
    np.testing.assert_array_equal(clips, FLAT)
    np.testing.assert_array_equal(labels, LABELS)


def test_small_alpha_mixes_little():
    shares = []
    for alpha in (0.1, 5.0):
        _, labels = ClipMixUp(alpha, seed=0)((FLAT, LABELS))
        shares.append(np.minimum(labels, 1 - np.asarray(labels)).mean())
    assert shares[0] < shares[1]


@BOTH
def test_errors(cls):
    with pytest.raises(ValueError, match="alpha=0"):
        cls(0)
    with pytest.raises(ValueError, match=r"dataset\.batch"):
        cls()(still_clips()[0])
    with pytest.raises(ValueError, match="one number a class"):
        cls()((FLAT, np.arange(8)))
    assert run(cls(seed=0), FLAT).shape == FLAT.shape
