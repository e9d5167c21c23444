"""Files that are replaced whole, or stay."""

import errno

import pytest

from kvideo.trainers.files import partial_path, replacing


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with (
        pytest.raises(
            OSError, match=r"a\.txt': No space left.*The one of before stays"
        ),
        replacing(path) as partial,
    ):
        partial.write_text("ne")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_gone_is_named(tmp_path):
    path = tmp_path / "none" / "a.txt"
    with (
        pytest.raises(OSError, match=r"Cannot write '.*none/a\.txt'"),
        replacing(path) as partial,
    ):
        partial.write_text("new")


def test_what_is_not_about_files_passes_through(tmp_path):
    with pytest.raises(KeyError), replacing(tmp_path / "a.txt"):
        raise KeyError
    assert partial_path(tmp_path / "a.txt").name == "a.partial.txt"
