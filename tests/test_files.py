"""Files that are replaced whole, or stay."""

import errno
import stat
import threading

import pytest

from kvideo.files import partial_path, replacing, write_atomically


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


def test_those_who_write_one_file_take_turns(tmp_path):
    path = tmp_path / "a.txt"
    written = [bytes([65 + n]) * 100_000 for n in range(8)]
    threads = [
        threading.Thread(target=write_atomically, args=(path, content))
        for content in written
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in written
    assert list(tmp_path.iterdir()) == [path]


def test_new_directories_old_files_and_modes(tmp_path):
    path = tmp_path / "a" / "b.html"
    write_atomically(path, b"old")
    assert write_atomically(path, b"new") == path
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = write_atomically(tmp_path / "a.html", b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "not bytes")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="Cannot write to the directory"):
        write_atomically(tmp_path / "file" / "report.html", b"")
