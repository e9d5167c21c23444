import pytest

from kvideo.export.staging import staged


def contents(folder):
    return {
        str(item.relative_to(folder)): item.read_text()
        for item in folder.rglob("*")
        if item.is_file()
    }


def test_a_file_and_what_lies_beside_it_appear_together(tmp_path):
    target = tmp_path / "new" / "a.txt"
    with staged(target) as draft:
        draft.write_text("a")
        draft.with_suffix(".json").write_text("b")
        assert not target.exists()
    assert contents(tmp_path) == {"new/a.txt": "a", "new/a.json": "b"}


def test_a_failure_leaves_what_was_there(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with (
        pytest.raises(KeyError),
        staged(tmp_path / "a.txt", overwrite=True) as draft,
    ):
        draft.write_text("half")
        raise KeyError
    assert contents(tmp_path) == {"a.txt": "old"}
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_a_directory_replaces_a_directory(tmp_path):
    target = tmp_path / "model"
    for text in ("old", "new"):
        with staged(target, overwrite=True) as draft:
            draft.mkdir()
            (draft / f"{text}.txt").write_text(text)
    assert contents(tmp_path) == {"model/new.txt": "new"}
    assert [item.name for item in tmp_path.iterdir()] == ["model"]


def test_an_existing_path_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with (
        pytest.raises(FileExistsError, match="overwrite=True"),
        staged(tmp_path / "a.txt"),
    ):
        pass
    assert contents(tmp_path) == {"a.txt": "old"}


def test_an_unwritable_directory_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ValueError, match="Cannot write to the directory"),
        staged(tmp_path / "file" / "a.txt"),
    ):
        pass
