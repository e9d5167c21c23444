"""What stands in the shards, and that a killed run goes on."""

import dataclasses
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kvideo.data import decode
from kvideo.data.frame_files import FrameFiles
from kvideo.data.listing import Listing, list_videos
from kvideo.data.shards import layout, records, write
from kvideo.data.shards.manifest import open_shards, read_manifest
from kvideo.data.shards.plan import Item, plan_shards
from kvideo.data.shards.remote import list_remote_videos
from kvideo.data.shards.write import write_shards
from tests.support.videos import write_folder, write_numbered_video

SHARDS = [layout.shard_name(number, 3) for number in range(3)]


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Six videos of nine frames, 16 x 24, in two classes."""
    return write_folder(tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="module")
def jpeg(videos, tmp_path_factory):
    """Three shards of two videos; (folder, manifest)."""
    to = tmp_path_factory.mktemp("jpeg")
    return to, write_shards(videos, to, videos_per_shard=2)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def features(folder):
    """The features of all records, as any program would read them."""
    paths = [str(folder / name) for name in SHARDS]
    return [
        tf.train.Example.FromString(data.numpy()).features.feature
        for data in tf.data.TFRecordDataset(paths)
    ]


def _frames(row):
    return row["frames"].bytes_list.value


# -- what is written -----------------------------------------------------------


def test_each_video_is_one_example_of_one_shard(videos, jpeg):
    folder, manifest = jpeg
    found = features(folder)
    assert len(found) == manifest["videos"] == 6
    by_index = sorted(found, key=lambda f: f["index"].int64_list.value[0])
    for index, row in enumerate(by_index):
        label, name = divmod(index, 3)
        class_name = ["jump", "run"][label]
        path = f"{class_name}/{name}.mp4"
        assert row["path"].bytes_list.value == [path.encode()]
        assert row["index"].int64_list.value == [index]
        assert row["label"].int64_list.value == [label]
        assert row["class_name"].bytes_list.value == [class_name.encode()]
        assert row["encoding"].bytes_list.value == [b"jpeg"]
        assert row["num_frames"].int64_list.value == [9]
        assert row["height"].int64_list.value == [16]
        assert row["width"].int64_list.value == [24]
        assert row["fps"].float_list.value == [25.0]
        times = np.frombuffer(row["times"].bytes_list.value[0], "<f8")
        np.testing.assert_allclose(times, np.arange(9) / 25)
        data = (videos / path).read_bytes()
        sha256 = hashlib.sha256(data).hexdigest().encode()
        assert row["sha256"].bytes_list.value == [sha256]
        images = [Image.open(io.BytesIO(b)) for b in _frames(row)]
        expected = decode.read_frames(videos / path, range(9)).astype(int)
        assert np.abs(np.stack(images) - expected).max() <= 6


def test_the_manifest_finds_each_record_and_checks_each_shard(jpeg):
    folder, manifest = jpeg
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    assert manifest["class_names"] == ["jump", "run"]
    assert manifest["settings"] == dataclasses.asdict(
        layout.Settings(videos_per_shard=2)
    )
    assert manifest["broken"] == []
    assert [shard["name"] for shard in manifest["shards"]] == SHARDS
    whole = iter(features(folder))
    for shard in manifest["shards"]:
        data = (folder / shard["name"]).read_bytes()
        assert shard["bytes"] == len(data)
        assert shard["sha256"] == hashlib.sha256(data).hexdigest()
        assert len(shard["records"]) == 2
        for row in shard["records"]:
            part = data[row["offset"] :][: row["length"]]
            assert zlib.crc32(part) == row["crc32"]
            example = tf.train.Example.FromString(part)
            assert example.features.feature == next(whole)
            assert row["num_frames"] == 9


def test_video_keeps_the_bytes_of_the_files(videos, tmp_path):
    write_shards(videos, tmp_path, encode="video", videos_per_shard=2)
    for row in features(tmp_path):
        path = videos / row["path"].bytes_list.value[0].decode()
        assert row["video"].bytes_list.value == [path.read_bytes()]
        assert row["num_frames"].int64_list.value == [9]
        assert "frames" not in row and "times" not in row


def test_equal_videos_give_equal_files_whoever_writes_them(
    videos, jpeg, tmp_path
):
    shutil.copytree(videos, tmp_path / "moved")
    to = tmp_path / "shards"
    write_shards(tmp_path / "moved", to, videos_per_shard=2, workers=3)
    assert contents(to) == contents(jpeg[0])


def test_videos_are_spread_over_the_shards_and_each_is_in_one(videos):
    listing = list_videos(videos)
    _, tasks = plan_shards(listing, "to", layout.Settings(videos_per_shard=4))
    assert [len(task.items) for task in tasks] == [4, 2]
    indices = [item.index for task in tasks for item in task.items]
    assert sorted(indices) == list(range(6)) != indices
    assert {item.label for item in tasks[0].items} == {0, 1}


def test_broken_videos_are_left_out_and_listed(tmp_path):
    videos = write_folder(tmp_path / "videos", per_class=2, frames=3)
    (videos / "run" / "0.mp4").write_bytes(b"no video")
    (videos / "run" / "1.mp4").write_bytes(b"")
    manifest = write_shards(videos, tmp_path / "to", videos_per_shard=1)
    assert manifest["videos"] == 2
    reasons = {row["path"]: row["reason"] for row in manifest["broken"]}
    assert reasons.keys() == {"run/0.mp4", "run/1.mp4"}
    assert "Invalid data" in reasons["run/0.mp4"]
    assert "0 bytes" in reasons["run/1.mp4"]
    assert manifest["class_names"] == ["jump", "run"]
    assert len(open_shards(tmp_path / "to")) == 2


# -- one video -----------------------------------------------------------------


def test_short_side_reduces_large_frames_only():
    frame = np.zeros((4, 8, 3), np.uint8)
    frame[:, ::2] = 100
    frame[:2] += 11
    assert records.reduced(frame, 4) is frame
    assert records.reduced(frame, None) is frame
    expected = np.repeat([[61] * 4, [50] * 4], 3).reshape(2, 4, 3)
    np.testing.assert_array_equal(records.reduced(frame, 2), expected)


def test_frames_of_a_shard_have_the_short_side(videos, tmp_path):
    write_shards(videos, tmp_path, short_side=8, videos_per_shard=2)
    for row in features(tmp_path):
        assert row["height"].int64_list.value == [8]
        assert row["width"].int64_list.value == [12]
        for data in _frames(row):
            assert tf.io.decode_jpeg(data).shape == (8, 12, 3)


def test_segments_are_cut_out(videos, tmp_path):
    path = str(videos / "run" / "0.mp4")
    listing = Listing(
        [path, path, path],
        [0, 1, 1],
        ["a", "b"],
        segments=[(0.12, 0.24), None, (9.0, 10.0)],
    )
    manifest = write_shards(listing, tmp_path, quality=100)
    (shard,) = manifest["shards"]
    assert {row["num_frames"] for row in shard["records"]} == {3, 9}
    assert "ends before its segment" in manifest["broken"][0]["reason"]
    found = open_shards(tmp_path)
    cut = next(p for p in found.file_paths if found.files.count_frames(p) == 3)
    np.testing.assert_allclose(found.files.frame_times(cut), [0, 0.04, 0.08])
    frames = found.files.read_frames(cut, range(3))
    expected = decode.read_frames(path, [3, 4, 5])
    assert np.abs(frames.astype(int) - expected)[..., 0].max() <= 3
    with pytest.raises(ValueError, match="has segments"):
        write_shards(listing, tmp_path / "to", encode="video")


def test_several_labels(videos, tmp_path):
    listing = Listing(
        list_videos(videos).file_paths[:2],
        {"verb": [1, 0], "noun": [2, 2]},
        {"verb": ["cut", "wash"], "noun": ["a", "b", "c"]},
    )
    write_shards(listing, tmp_path)
    found = open_shards(tmp_path)
    assert found.class_names == listing.class_names
    order = np.argsort([path.split(":")[-1] for path in found.file_paths])
    assert found.take(order).labels == listing.labels
    path = tmp_path / layout.shard_name(0, 1)
    (first, _) = tf.data.TFRecordDataset(str(path))
    row = tf.train.Example.FromString(first.numpy()).features.feature
    verb = listing.class_names["verb"][row["label/verb"].int64_list.value[0]]
    assert row["class_name/verb"].bytes_list.value == [verb.encode()]


def test_videos_without_labels(videos, tmp_path):
    write_shards(list_videos(videos, labels=None), tmp_path)
    found = open_shards(tmp_path)
    assert len(found) == 6
    assert found.labels is None and found.class_names is None


@pytest.mark.parametrize("fps", [None, 10])
def test_folders_of_images(tmp_path, fps):
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(1, 19):
        frame = np.full((8, 8, 3), 10 * number, np.uint8)
        Image.fromarray(frame).save(folder / f"{number:05d}.jpg")
    files = FrameFiles(fps=fps)
    listing = Listing([str(folder)], [0], ["a"], files=files)
    write_shards(listing, tmp_path / "to")
    found = open_shards(tmp_path / "to")
    (path,) = found.file_paths
    frames = found.files.read_frames(path, [17, 0])
    assert np.abs(frames[:, 0, 0, 0].astype(int) - [180, 10]).max() <= 1
    if fps:
        times = found.files.frame_times(path)
        np.testing.assert_array_equal(times, np.arange(18) / 10)
    else:
        with pytest.raises(decode.VideoDecodeError, match="no time stamps"):
            found.files.frame_times(path)
    with pytest.raises(ValueError, match="has images"):
        write_shards(listing, tmp_path / "video", encode="video")


def test_frames_of_several_sizes_and_records_too_large(videos, monkeypatch):
    item = Item(str(videos / "run" / "0.mp4"), "0.mp4", 0)
    sizes = [np.zeros((8, width, 3), np.uint8) for width in (8, 10)]
    with pytest.raises(decode.VideoDecodeError, match="change size"):
        records._jpegs(item, sizes, None, layout.Settings())
    with pytest.raises(decode.VideoDecodeError, match="no frame"):
        records._jpegs(item, [], None, layout.Settings())
    monkeypatch.setattr(records, "MAX_BYTES", 400)
    for encode in layout.ENCODINGS:
        with pytest.raises(decode.VideoDecodeError, match="larger than 400"):
            records.to_example(item, layout.Settings(encode))


# -- again, and after an interruption ------------------------------------------


def interrupted(monkeypatch, after):
    """`write` stops at a video, as if by Ctrl-C; the list of those read."""
    read = []

    def to_example(item, settings):
        if len(read) == after:
            raise KeyboardInterrupt
        read.append(item.name)
        return records.to_example(item, settings)

    monkeypatch.setattr(write, "to_example", to_example)
    return read


def test_an_interrupted_run_is_refused_and_then_goes_on(
    videos, jpeg, tmp_path, monkeypatch
):
    interrupted(monkeypatch, after=3)
    with pytest.raises(KeyboardInterrupt):
        write_shards(videos, tmp_path, videos_per_shard=2)
    names = contents(tmp_path).keys()
    assert SHARDS[0] in names
    assert not any(".partial-" in name for name in names)
    # What a kill would have left.
    (tmp_path / f".partial-0-{SHARDS[1]}").write_bytes(b"half")
    with pytest.raises(ValueError, match="are not finished") as caught:
        open_shards(tmp_path)
    for missing in (SHARDS[1], SHARDS[2], "manifest.json"):
        assert missing in str(caught.value)
    assert SHARDS[0] not in str(caught.value)
    read = interrupted(monkeypatch, after=99)
    write_shards(videos, tmp_path, videos_per_shard=2)
    assert len(read) == 4
    assert contents(tmp_path) == contents(jpeg[0])
    del read[:]
    write_shards(videos, tmp_path, videos_per_shard=2)
    assert read == []
    assert contents(tmp_path) == contents(jpeg[0])


def _flip_a_byte(folder):
    path = folder / SHARDS[1]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        _flip_a_byte,
        lambda folder: (folder / SHARDS[1]).write_bytes(b""),
        lambda folder: (folder / SHARDS[1]).unlink(),
        lambda folder: (folder / layout.receipt_name(SHARDS[1])).unlink(),
        lambda f: (f / layout.receipt_name(SHARDS[1])).write_bytes(b'{"na'),
    ],
    ids=["flipped", "empty", "gone", "no receipt", "half a receipt"],
)
def test_a_shard_that_does_not_fit_its_receipt_is_written_again(
    videos, jpeg, tmp_path, monkeypatch, damage
):
    to = tmp_path / "to"
    shutil.copytree(jpeg[0], to)
    damage(to)
    read = interrupted(monkeypatch, after=99)
    write_shards(videos, to, videos_per_shard=2)
    assert len(read) == 2
    assert contents(to) == contents(jpeg[0])


def test_another_run_is_not_replaced_unless_asked(videos, jpeg, tmp_path):
    to = tmp_path / "to"
    shutil.copytree(jpeg[0], to)
    (to / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="other videos or settings"):
        write_shards(videos, to, videos_per_shard=3)
    assert read_manifest(to) == jpeg[1]
    write_shards(videos, to, videos_per_shard=3, overwrite=True)
    assert sorted(contents(to)) == [
        "manifest.json",
        "notes.txt",
        "shard-00000-of-00002.json",
        "shard-00000-of-00002.tfrecord",
        "shard-00001-of-00002.json",
        "shard-00001-of-00002.tfrecord",
    ]


KILLED = """
import sys, time
from kvideo.data.shards import records, write

def slow(item, settings):
    time.sleep(0.2)
    return records.to_example(item, settings)

write.to_example = slow
write.write_shards(sys.argv[1], sys.argv[2], videos_per_shard=2)
"""


@pytest.mark.slow
def test_a_killed_process_leaves_nothing_that_a_reader_accepts(
    videos, jpeg, tmp_path
):
    command = [sys.executable, "-c", KILLED, videos, tmp_path]
    process = subprocess.Popen(list(map(str, command)))
    while not (tmp_path / SHARDS[0]).exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with pytest.raises(ValueError, match="are not finished"):
        open_shards(tmp_path)
    write_shards(videos, tmp_path, videos_per_shard=2)
    assert contents(tmp_path) == contents(jpeg[0])


# -- where ---------------------------------------------------------------------


def test_remote_listings_are_as_local_ones(videos, tmp_path):
    folder = tmp_path / "videos"
    shutil.copytree(videos, folder)
    (folder / "empty").mkdir()
    (folder / ".hidden").mkdir()
    shutil.copy(folder / "run" / "0.mp4", folder / ".hidden" / "0.mp4")
    write_numbered_video(folder / "run" / "more" / "b.mp4", 1)
    (folder / "run" / "._0.mp4").write_bytes(b"")
    (folder / "run" / "notes.txt").write_text("no video")
    assert list_remote_videos(str(folder)) == list_videos(folder)
    with pytest.raises(ValueError, match="No video files"):
        list_remote_videos(str(folder / "empty"))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list_remote_videos(str(tmp_path / "nowhere"))


def test_both_folders_may_be_of_another_file_system(videos, jpeg, tmp_path):
    gfile = tf.io.gfile
    for path in list_videos(videos).file_paths:
        copy = path.replace(str(videos), "ram://shards/videos")
        gfile.makedirs(os.path.dirname(copy))
        gfile.copy(path, copy)
    to = "ram://shards/to"
    write_shards("ram://shards/videos", to, videos_per_shard=2)
    for name in gfile.listdir(to):
        gfile.copy(f"{to}/{name}", str(tmp_path / name))
    assert contents(tmp_path) == contents(jpeg[0])
    listing = open_shards(to)
    frames = listing.files.read_frames(listing.file_paths[0], [8])
    assert frames.shape == (1, 16, 24, 3)


# -- arguments -----------------------------------------------------------------


@pytest.mark.parametrize(
    "options, name",
    [
        ({"encode": "png"}, "encode"),
        ({"short_side": 0}, "short_side"),
        ({"quality": 101}, "quality"),
        ({"videos_per_shard": 0}, "videos_per_shard"),
        ({"encode": "video", "short_side": 8}, "short_side"),
        ({"workers": 0}, "workers"),
    ],
)
def test_bad_arguments(videos, tmp_path, options, name):
    with pytest.raises(ValueError, match=f"Received: .*{name}|`{name}`"):
        write_shards(videos, tmp_path / "to", **options)
    assert not (tmp_path / "to").exists()


def test_no_videos(tmp_path):
    with pytest.raises(ValueError, match="no videos"):
        write_shards(Listing([]), tmp_path / "to")


def test_a_folder_that_cannot_be_made(videos, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Cannot write to"):
        write_shards(videos, tmp_path / "file" / "to")
