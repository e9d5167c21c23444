import os

import pytest

from kvideo import exchange
from kvideo.locks import LockedError
from kvideo.staging import staged


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


def test_what_a_killed_process_left_is_cleared(tmp_path):
    for name in (".draft-b", ".draft-a.txt"):
        (tmp_path / name / "half").mkdir(parents=True)
    (tmp_path / ".b.lock").write_text("process 1 that is no more")
    with staged(tmp_path / "a.txt") as draft:
        draft.write_text("a")
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_the_draft_of_another_process_stays(tmp_path):
    with staged(tmp_path / "b.txt") as other:
        other.write_text("b")
        with staged(tmp_path / "a.txt") as draft:
            draft.write_text("a")
        assert other.read_text() == "b"
        with (
            pytest.raises(LockedError, match=r"b\.txt' is being written by"),
            staged(tmp_path / "b.txt"),
        ):
            pass
    assert contents(tmp_path) == {"a.txt": "a", "b.txt": "b"}


@pytest.mark.parametrize("one_step", [True, False])
def test_a_folder_is_replaced_in_one_step_where_there_is_one(
    tmp_path, monkeypatch, one_step
):
    seen = []

    def replace(source, target):
        os.rename(source, target)
        seen.append((tmp_path / "model").exists())

    if not one_step:
        monkeypatch.setattr(exchange, "_exchanged", lambda first, second: False)
    (tmp_path / "model").mkdir()
    with staged(tmp_path / "model", overwrite=True) as draft:
        draft.mkdir()
        (draft / "new.txt").write_text("new")
        monkeypatch.setattr(os, "replace", replace)
    assert contents(tmp_path) == {"model/new.txt": "new"}
    # Linux and macOS can; elsewhere nothing is there for a moment.
    assert seen == ([] if one_step else [False, True, True])


def test_a_folder_that_was_on_its_way_goes_back(tmp_path):
    """Killed between the two steps of a system that has no single one."""
    old = tmp_path / ".draft-model" / "before" / "model"
    old.mkdir(parents=True)
    (old / "old.txt").write_text("old")
    with staged(tmp_path / "a.txt") as draft:
        draft.write_text("a")
    assert contents(tmp_path) == {"a.txt": "a", "model/old.txt": "old"}


def test_a_full_disk_is_said_in_one_sentence(tmp_path):
    import tensorflow as tf

    said = "{{node x}} /a/variables; No space left on device [Op:SaveV2]"
    with (
        pytest.raises(OSError, match=r"Cannot write '.*model': /a/vari.*No"),
        staged(tmp_path / "model"),
    ):
        raise tf.errors.ResourceExhaustedError(None, None, said)
    assert not list(tmp_path.iterdir())
