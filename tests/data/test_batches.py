"""Saving an iterator, and reading through a cache of frames."""

import numpy as np
import pytest
import tensorflow as tf

from kvideo.data import (
    batches,
    decode,
    jpeg_file,
    video_dataset_from_directory,
)
from kvideo.data.loader import Epochs
from tests.support.videos import write_flow_folder, write_folder


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Six videos of nine frames; blue of file k is 10 * k."""
    return write_folder(tmp_path_factory.mktemp("videos"))


def clips_of(directory, **options):
    return video_dataset_from_directory(
        directory,
        **{
            "num_frames": 2,
            "frame_size": (8, 8),
            "batch_size": 2,
            "seed": 3,
            "verbose": False,
        }
        | options,
    )


def read(iterator):
    """Copies of what is left of an iterator."""
    return [(clip.numpy(), label.numpy()) for clip, label in iterator]


def assert_same(found, expected):
    assert len(found) == len(expected)
    for pair, other in zip(found, expected, strict=True):
        for array, wanted in zip(pair, other, strict=True):
            np.testing.assert_array_equal(array, wanted)


@pytest.mark.parametrize("taken", [1, 2])
def test_a_saved_iterator_goes_on_with_the_same_clips(videos, tmp_path, taken):
    dataset = clips_of(videos)
    read(dataset)
    iterator = iter(dataset)
    for _ in range(taken):
        next(iterator)
    path = tf.train.Checkpoint(iterator=iterator).write(str(tmp_path / "c"))
    expected, after = read(iterator), read(dataset)
    assert len(expected) == 3 - taken

    # As in a new process: nothing is left of the first data set but the file.
    dataset = clips_of(videos, initial_epoch=2)
    iterator = iter(dataset)
    tf.train.Checkpoint(iterator=iterator).read(path).assert_consumed()
    assert_same(read(iterator), expected)
    assert_same(read(dataset), after)


def test_the_order_of_a_saved_pass_is_made_again(tmp_path):
    """Without a prefetch, which would have read the whole order ahead."""
    rows = batches._rows(Epochs(50, 3, shuffle=True, initial_epoch=4), 50)
    iterator = iter(rows)
    seen = [next(iterator).numpy() for _ in range(20)]
    path = tf.train.Checkpoint(iterator=iterator).write(str(tmp_path / "c"))
    rest = [row.numpy() for row in iterator]
    assert sorted(row[2] for row in seen + rest) == list(range(50))
    again = iter(batches._rows(Epochs(50, 3, True, initial_epoch=5), 50))
    tf.train.Checkpoint(iterator=again).read(path)
    np.testing.assert_array_equal([row.numpy() for row in again], rest)


def test_a_cache_gives_the_same_frames(videos, tmp_path, monkeypatch):
    plain = read(clips_of(videos))
    dataset = clips_of(videos, cache_dir=tmp_path / "cache")
    first = read(dataset)
    assert len(list((tmp_path / "cache").glob("*.jpegs"))) == 6

    def decoded(*arguments, **options):
        raise AssertionError("decoded again")

    for name in ("read_frames", "iterate_frames", "count_frames"):
        monkeypatch.setattr(decode, name, decoded)
    again = read(clips_of(videos, cache_dir=tmp_path / "cache"))
    assert_same(again, first)
    for (clip, label), (stored, same) in zip(plain, first, strict=True):
        np.testing.assert_array_equal(label, same)
        # The tags are 10 apart, and the frames 1: JPEG moves them by less.
        np.testing.assert_allclose(clip[..., 2], stored[..., 2], atol=4)


def test_a_cache_can_reduce_frames(videos, tmp_path):
    [(clips, _), *_] = read(
        clips_of(videos, cache_dir=tmp_path, cache_short_side=4)
    )
    assert clips.shape == (2, 2, 8, 8, 3)
    [stored, *_] = tmp_path.glob("*.jpegs")
    frames = jpeg_file.read_frames(stored, jpeg_file.read_table(stored), [0])
    assert frames.shape == (1, 4, 6, 3)


def test_a_cache_is_for_video_files(tmp_path):
    for name in ("jump", "run"):
        write_flow_folder(tmp_path / "flow" / name / "1", 3)
    with pytest.raises(ValueError, match="images need none"):
        clips_of(tmp_path / "flow", modality="flow", cache_dir=tmp_path / "c")
