import stat

import pytest

from kvideo.evaluate.files import write_atomically


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
