"""Clips from shards are those from the files; damage has a name."""

import json
import pickle
import shutil

import numpy as np
import pytest
import tensorflow as tf

from kvideo.data import (
    open_listing,
    video_dataset,
    video_dataset_from_shards,
)
from kvideo.data.listing import list_videos
from kvideo.data.shards import files, layout
from kvideo.data.shards.manifest import is_shards, open_shards
from kvideo.data.shards.plan import plan_shards
from kvideo.data.shards.write import write_shards
from tests.support.videos import write_folder

SMALL = {"num_frames": 4, "frame_size": 8, "batch_size": 2, "verbose": False}
FIXED = {"shuffle": False, **SMALL}
SHARDS = [layout.shard_name(number, 3) for number in range(3)]
# Of 0..255, in one channel of one pixel, at the quality of the default.
JPEG_TOLERANCE = 6


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="module")
def in_order(videos):
    """The files in the order in which shards of two hold them."""
    settings = layout.Settings(videos_per_shard=2)
    _, tasks = plan_shards(videos, "to", settings)
    order = [item.index for task in tasks for item in task.items]
    return list_videos(videos).take(order)


@pytest.fixture(scope="module")
def shards(videos, tmp_path_factory):
    """Encoding -> folder of three shards with two videos each."""
    folders = {}
    for encode in layout.ENCODINGS:
        folders[encode] = tmp_path_factory.mktemp(encode)
        write_shards(videos, folders[encode], encode, videos_per_shard=2)
    return folders


@pytest.fixture
def copied(shards, tmp_path):
    shutil.copytree(shards["jpeg"], tmp_path / "shards")
    return tmp_path / "shards"


def clips_and_labels(dataset):
    clips, labels = zip(*dataset, strict=True)
    return np.concatenate(clips), np.concatenate(labels)


# -- the same clips ------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {**FIXED},
        {**FIXED, "training": True, "seed": 3, "frames_per_segment": 2},
        {**SMALL, "seed": 5},
        {**FIXED, "num_frames": 6, "target_fps": 10},
    ],
    ids=["testing", "training", "shuffled", "target_fps"],
)
def test_clips_are_those_of_the_files(shards, in_order, options):
    expected = video_dataset(in_order, **options)
    found = {
        k: video_dataset_from_shards(v, **options) for k, v in shards.items()
    }
    for _ in range(2):
        clips, labels = clips_and_labels(expected)
        same, same_labels = clips_and_labels(found["video"])
        np.testing.assert_array_equal(same, clips)
        np.testing.assert_array_equal(same_labels, labels)
        near, near_labels = clips_and_labels(found["jpeg"])
        assert 0 < np.abs(near - clips).max() <= JPEG_TOLERANCE
        np.testing.assert_array_equal(near_labels, labels)


def test_attributes_and_subsets(shards):
    train, held_out = video_dataset_from_shards(
        shards["jpeg"], validation_split=0.4, subset="both", seed=1, **SMALL
    )
    assert train.class_names == ["jump", "run"]
    assert len(train.file_paths) == len(train.labels) == 4
    everything = {*train.file_paths, *held_out.file_paths}
    assert everything == set(open_shards(shards["jpeg"]).file_paths)
    for path in everything:
        assert path.startswith(str(shards["jpeg"]))
        assert path.endswith(".mp4")


def test_shards_are_a_source_of_listings(videos, shards, tmp_path):
    expected = open_shards(shards["jpeg"])
    for text in (shards["jpeg"], f"shards:{shards['jpeg']}"):
        listing = open_listing(text)
        assert listing.file_paths == expected.file_paths
        names = ["run", "walk", "jump"]
        labels = open_listing(text, class_names=names).labels
        assert [names[i] for i in labels] == [
            expected.class_names[i] for i in expected.labels
        ]
    some = f"shards:{shards['video']}/shard-0000[01]*"
    write_shards(some, tmp_path)
    assert len(open_shards(tmp_path)) == 4


def test_only_wanted_frames_are_decoded(shards, monkeypatch):
    decoded, real = [], files._decoded
    monkeypatch.setattr(
        files, "_decoded", lambda image: decoded.append(1) or real(image)
    )
    listing = open_shards(shards["jpeg"])
    path = listing.file_paths[0]
    frames = listing.files.read_frames(path, [7, 2, 2])
    assert len(decoded) == 2
    np.testing.assert_array_equal(frames[1], frames[2])
    assert np.abs(frames[:, 0, 0, 0].astype(int) - [7, 2, 2]).max() <= 6
    with pytest.raises(files.decode.VideoTooShortError, match="9 frames"):
        listing.files.read_frames(path, [9])


def test_listings_can_go_to_other_processes(shards):
    listing = open_shards(shards["video"])
    again = pickle.loads(pickle.dumps(listing))
    (frame,) = again.files.read_frames(listing.file_paths[2], [3])
    assert frame[0, 0, 0] == 3


# -- workers -------------------------------------------------------------------


def test_workers_share_the_videos_and_draw_other_numbers(shards):
    def of(worker, **options):
        return video_dataset_from_shards(
            shards["video"], worker=worker, **SMALL, **options
        )

    sets = [of((number, 2), seed=1) for number in range(2)]
    paths = open_shards(shards["video"]).file_paths
    assert [sorted(s.file_paths) for s in sets] == [
        sorted(paths[::2]),
        sorted(paths[1::2]),
    ]
    again = clips_and_labels(of((1, 2), seed=1))
    np.testing.assert_array_equal(clips_and_labels(sets[1])[0], again[0])
    alone = of((0, 1), seed=1)
    other = of((0, 1), seed=2)
    assert (clips_and_labels(alone)[0] != clips_and_labels(other)[0]).any()
    for worker in ((2, 2), (-1, 2), (0, 7)):
        with pytest.raises(ValueError, match="`worker` should be"):
            of(worker)


# -- damage --------------------------------------------------------------------


def _damage(folder, place):
    """Changes a byte in a record; returns its path in the data set."""
    manifest = json.loads((folder / "manifest.json").read_text())
    row = manifest["shards"][1]["records"][place]
    path = folder / SHARDS[1]
    data = bytearray(path.read_bytes())
    data[row["offset"] + row["length"] // 2] ^= 1
    path.write_bytes(data)
    return open_shards(folder).file_paths[2 + place]


def test_a_damaged_record_costs_one_video(copied):
    broken = _damage(copied, 0)
    dataset = video_dataset_from_shards(copied, **FIXED)
    with pytest.warns(UserWarning, match="Epoch 0: 1 of 6"):
        clips, _ = clips_and_labels(dataset)
    assert len(clips) == 5
    ((path, reason),) = dataset.broken_files.items()
    assert path == broken
    assert "checksum" in reason


def test_a_damaged_record_can_be_an_error(copied):
    broken = _damage(copied, 1)
    dataset = video_dataset_from_shards(copied, on_error="raise", **FIXED)
    with pytest.raises(tf.errors.OpError, match="checksum") as caught:
        list(dataset)
    assert broken in str(caught.value)


def test_a_shard_that_goes_while_it_is_read(copied):
    listing = open_shards(copied)
    for damage in (lambda p: p.write_bytes(b"short"), lambda p: p.unlink()):
        damage(copied / SHARDS[0])
        with pytest.raises(files.decode.VideoDecodeError, match=SHARDS[0]):
            listing.files.read_frames(listing.file_paths[0], [0])


def test_shards_that_are_missing_or_cut_are_named(copied):
    (copied / SHARDS[0]).unlink()
    data = (copied / SHARDS[2]).read_bytes()
    (copied / SHARDS[2]).write_bytes(data[:-1])
    with pytest.raises(ValueError, match="missing or cut") as caught:
        open_shards(copied)
    text = str(caught.value)
    assert f"{SHARDS[0]} (0 bytes instead of" in text
    assert f"{SHARDS[2]} ({len(data) - 1} bytes instead of {len(data)})" in text
    assert SHARDS[1] not in text
    assert len(open_shards(copied / SHARDS[1])) == 2


def test_a_folder_without_a_manifest(copied, tmp_path):
    (copied / "manifest.json").unlink()
    with pytest.raises(ValueError, match=r"Missing: manifest\.json\."):
        open_shards(copied)
    assert is_shards(copied)
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert not is_shards(folder)
        with pytest.raises(FileNotFoundError, match="No finished shards"):
            open_shards(folder)


def test_another_version(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    for change in ({"version": 99}, {"format": "else"}):
        text = json.dumps(manifest | change)
        (copied / "manifest.json").write_text(text)
        with pytest.raises(ValueError, match="Received: format"):
            open_shards(copied)


def test_a_pattern_takes_some_of_the_shards(shards):
    everything = open_shards(shards["jpeg"]).file_paths
    some = open_shards(f"{shards['jpeg']}/shard-0000[12]*")
    assert some.file_paths == everything[2:]
    with pytest.raises(FileNotFoundError, match="has such a name"):
        open_shards(f"{shards['jpeg']}/part-*")
