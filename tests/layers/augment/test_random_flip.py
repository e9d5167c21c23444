import numpy as np
import pytest

from kvideo.layers import ClipRandomFlip
from kvideo.layers.augment import flip_clips, swap_labels
from tests.support.clip_transforms import (
    check_clip_transform,
    check_draws_of_clips,
    check_single_clip,
    run,
    still_clips,
)

SWAPS = {0: 2, 2: 0}


def make():
    return ClipRandomFlip(0.4, seed=3)


def test_contract():
    check_clip_transform(make)
    check_single_clip(make)
    check_draws_of_clips(make)


def test_a_clip_is_mirrored_or_not():
    x = still_clips((64, 2, 4, 5, 3))
    found = run(make(), x)
    mirrored = [
        np.array_equal(y, c[:, :, ::-1]) for y, c in zip(found, x, strict=True)
    ]
    same = [np.array_equal(y, c) for y, c in zip(found, x, strict=True)]
    assert np.logical_xor(mirrored, same).all()
    assert 0.2 < np.mean(mirrored) < 0.6


@pytest.mark.parametrize(
    ("labels", "swapped"),
    [
        (np.array([0, 1, 2]), [2, 1, 2]),
        (np.array([[0], [1], [2]]), [[2], [1], [2]]),
        (np.eye(3)[[0, 1, 2]], [[0, 0, 1], [0, 1, 0], [0, 0, 1]]),
    ],
)
def test_labels_of_mirrored_clips_by_hand(labels, swapped):
    flips = np.array([True, True, False])
    found = np.asarray(swap_labels(labels, flips, SWAPS))
    assert found.tolist() == swapped
    assert found.dtype == labels.dtype


def test_labels_change_with_their_clips():
    x = still_clips((32, 1, 2, 3, 1))
    labels = np.arange(32) % 3
    layer = ClipRandomFlip(0.5, SWAPS, seed=0)
    found = layer({"clips": x, "labels": labels})
    clips, changed = np.asarray(found["clips"]), np.asarray(found["labels"])
    flips = (clips != x).any(axis=(1, 2, 3, 4))
    assert set(flips) == {True, False}
    np.testing.assert_array_equal(
        changed, np.where(flips, np.array([2, 1, 0])[labels], labels)
    )
    np.testing.assert_array_equal(clips, np.asarray(flip_clips(x, flips)))


def test_one_clip_with_its_label():
    layer = ClipRandomFlip(1.0, SWAPS)
    _, label = layer((still_clips()[0], np.array(0)))
    assert int(label) == 2
    _, label = layer((still_clips()[0], np.array([1.0, 0.0, 0.0])))
    assert np.asarray(label).tolist() == [0, 0, 1]


def test_swaps_survive_json():
    import json

    config = json.loads(json.dumps(ClipRandomFlip(0.5, SWAPS).get_config()))
    assert ClipRandomFlip.from_config(config).label_swaps == SWAPS


def test_swaps_without_labels_are_an_error():
    with pytest.raises(ValueError, match="must see the labels"):
        ClipRandomFlip(0.5, SWAPS)(still_clips())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": 1.5}, "rate=1.5"),
        ({"label_swaps": {0: 1}}, "both ways"),
        ({"label_swaps": {0: 1, 1: 2, 2: 1}}, "both ways"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        ClipRandomFlip(**options)
