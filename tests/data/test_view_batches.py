import subprocess
import sys

import numpy as np
import pytest

from kvideo.data import (
    ClipSpec,
    ViewBatches,
    Views,
    video_dataset_from_directory,
    view_dataset,
)
from kvideo.data.listing import Listing
from kvideo.data.views import load_views
from tests.support.videos import (
    write_flow_folder,
    write_folder,
    write_numbered_video,
)

SPEC = ClipSpec(4, 8, "dense", frame_stride=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("views"), per_class=2)


def collected(dataset):
    clips, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.concatenate(clips), np.concatenate(labels)


def test_views_of_a_video_follow_each_other(folder):
    clips = video_dataset_from_directory(
        folder, clip_spec=SPEC, shuffle=False, verbose=False
    )
    dataset = view_dataset(clips, "3x3", batch_size=7)
    clips, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    assert [len(batch) for batch in clips] == [7, 7, 7, 7, 7, 1]
    expected = [load_views(p, SPEC, "3x3") for p in dataset.file_paths]
    np.testing.assert_array_equal(
        np.concatenate(clips), np.concatenate(expected)
    )
    assert np.concatenate(labels).tolist() == [0] * 18 + [1] * 18
    assert dataset.views == Views(3, 3)
    assert dataset.class_names == ["jump", "run"]
    assert dataset.clip_spec == SPEC


def test_twin_without_tensorflow(folder):
    """Also with a broken file."""
    paths = sorted(str(path) for path in folder.rglob("*.mp4"))
    listing = Listing([*paths[:2], __file__, *paths[2:]], [3, 1, 0, 2, 1])
    twins = [
        make(listing, "2x10", SPEC, batch_size=7)
        for make in (view_dataset, ViewBatches)
    ]
    with pytest.warns(UserWarning, match="1 of 5 video files"):
        for ours, theirs in zip(*twins, strict=True):
            for one, other in zip(ours, theirs, strict=True):
                assert other.dtype == one.numpy().dtype
                np.testing.assert_array_equal(one, other)
    assert twins[0].read_paths() == twins[1].read_paths() == paths


def test_the_twin_loads_no_tensorflow(folder):
    code = """
import sys
from kvideo.data import ClipSpec, ViewBatches
from kvideo.data.listing import Listing
listing = Listing(sys.argv[1:], [0], ["jump"])
[[clips, labels]] = ViewBatches(listing, "2x3", ClipSpec(4, 8))
assert clips.shape == (6, 4, 8, 8, 3), clips.shape
assert not {"tensorflow", "keras"} & set(sys.modules)
"""
    path = str(folder / "jump" / "0.mp4")
    subprocess.run([sys.executable, "-c", code, path], check=True)


def test_another_specification_than_that_of_the_clips(folder):
    clips = video_dataset_from_directory(
        folder, clip_spec=SPEC, shuffle=False, verbose=False
    )
    larger = ClipSpec(6, 16, "uniform")
    batch, _ = next(iter(view_dataset(clips, "2x3", larger)))
    assert batch.shape == (8, 6, 16, 16, 3)


def test_a_broken_file_goes_with_all_its_views(tmp_path):
    for name, frames in (("a", 6), ("c", 6)):
        write_numbered_video(tmp_path / f"{name}.mp4", frames, tag=ord(name))
    (tmp_path / "b.mp4").write_bytes(b"no video")
    paths = [str(tmp_path / f"{name}.mp4") for name in "abc"]
    listing = Listing(paths, [0, 1, 2], ["x", "y", "z"])
    dataset = view_dataset(listing, "2x3", SPEC, batch_size=4)
    for _ in range(2):
        with pytest.warns(UserWarning, match="1 of 3 video files"):
            found, labels = collected(dataset)
        assert labels.tolist() == [0] * 6 + [2] * 6
        assert found[:, 0, 0, 0, 2].tolist() == [97.0] * 6 + [99.0] * 6
    assert dataset.read_paths() == [paths[0], paths[2]]
    assert list(dataset.broken_files) == [paths[1]]
    with pytest.raises(Exception, match=r"b\.mp4"):
        collected(view_dataset(listing, "2x3", SPEC, on_error="raise"))


def test_labels_of_several_kinds_and_none(folder):
    paths = sorted(str(path) for path in folder.rglob("*.mp4"))[:2]
    names = {"verb": ["cut", "mix"], "noun": ["egg"]}
    both = Listing(paths, {"verb": [1, 0], "noun": [0, 0]}, names)
    for make in (view_dataset, ViewBatches):
        _, labels = next(iter(make(both, "2x1", SPEC)))
        assert np.asarray(labels["verb"]).tolist() == [1, 1, 0, 0]
        assert np.asarray(labels["noun"]).tolist() == [0, 0, 0, 0]
        clips = next(iter(make(Listing(paths), "2x1", SPEC)))
        assert clips.shape == (4, 4, 8, 8, 3)


def test_segments_of_one_file(folder):
    path = str(folder / "run" / "0.mp4")
    listing = Listing(
        [path, path], [0, 1], ["x", "y"], segments=[(0, 0.16), (0.2, 0.36)]
    )
    spec = ClipSpec(2, 8, "consecutive")
    found, _ = collected(view_dataset(listing, "2x1", spec))
    # Four frames each, 25 a second: 0 to 3 and 5 to 8.
    assert found[:, :, 0, 0, 0].tolist() == [[0, 1], [2, 3], [5, 6], [7, 8]]


def test_flow_is_mirrored_as_flow(tmp_path):
    write_flow_folder(tmp_path / "a", 3, tag=40)
    spec = ClipSpec(2, 16, modality="flow")
    listing = Listing([str(tmp_path / "a")], [0], ["x"])
    found, _ = collected(view_dataset(listing, "1x10", spec, batch_size=10))
    assert set(found[0, ..., 0].ravel().tolist()) == {40.0, 200.0}
    assert set(found[5, ..., 0].ravel().tolist()) == {215.0, 55.0}
    np.testing.assert_array_equal(
        found, load_views(tmp_path / "a", spec, "1x10")
    )


def test_ten_crops_of_directions_are_refused(folder):
    listing = Listing(["a"], [0], ["swipe left", "swipe right"])
    with pytest.raises(ValueError, match=r"'swipe left'\. Use three crops"):
        view_dataset(listing, "1x10", SPEC)
