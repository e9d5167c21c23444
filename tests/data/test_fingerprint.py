import shutil

import pytest

from kvideo.data.fingerprint import fingerprint
from kvideo.data.listing import Listing


@pytest.fixture
def listing(tmp_path):
    folder = tmp_path / "videos"
    (folder / "run").mkdir(parents=True)
    (folder / "walk").mkdir()
    paths = [folder / "run" / "a.mp4", folder / "walk" / "b.mp4"]
    for path in paths:
        path.write_bytes(b"1234")
    return Listing([str(path) for path in paths], [0, 1], ["run", "walk"])


def test_order_and_place_do_not_matter(listing, tmp_path):
    before = fingerprint(listing)
    assert len(before) == 64
    assert fingerprint(listing.take([1, 0])) == before
    shutil.move(tmp_path / "videos", tmp_path / "moved")
    moved = [p.replace("videos", "moved") for p in listing.file_paths]
    copy = Listing(moved, [1, 0], ["walk", "run"])
    assert fingerprint(copy) == before


def test_sizes_labels_names_and_segments_do(listing, tmp_path):
    found = {
        fingerprint(listing),
        fingerprint(listing.take([0])),
        fingerprint(Listing(listing.file_paths)),
        fingerprint(Listing(listing.file_paths, [1, 0], ["run", "walk"])),
        fingerprint(Listing(listing.file_paths, [0, 1], ["run", "stand"])),
        fingerprint(
            Listing(listing.file_paths, [0, 1], ["run", "walk"], [(0, 1), None])
        ),
        fingerprint(
            Listing(
                listing.file_paths, {"verb": [0, 0]}, {"verb": ["run", "walk"]}
            )
        ),
    }
    (tmp_path / "videos" / "run" / "a.mp4").write_bytes(b"12345")
    found.add(fingerprint(listing))
    assert len(found) == 8


def test_folders_of_frames_and_files_that_are_nowhere(tmp_path):
    (tmp_path / "clip").mkdir()
    folders = Listing([str(tmp_path / "clip"), str(tmp_path / "in_a_shard")])
    before = fingerprint(folders)
    (tmp_path / "clip" / "1.jpg").write_bytes(b"")
    assert fingerprint(folders) != before
