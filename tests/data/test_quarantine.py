import pytest

from kvideo.data.listing import Listing, list_videos
from kvideo.data.plan import plan
from kvideo.data.quarantine import (
    read_quarantine,
    without_quarantined,
    write_quarantine,
)


@pytest.fixture
def folder(tmp_path):
    for name in ("a/1.mp4", "a/2.mp4", "b/3.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_what_is_written_is_read(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("other") / "x y.mp4"
    text = folder / "quarantine.txt"
    reasons = {str(folder / "a/1.mp4"): "empty: 0\nbytes", str(elsewhere): "x"}
    write_quarantine(text, reasons)
    lines = text.read_text().splitlines()
    assert lines[1:] == ["a/1.mp4\tempty: 0 bytes", f"{elsewhere}\tx"]
    assert read_quarantine(text) == {
        str(folder / "a/1.mp4"): "empty: 0 bytes",
        str(elsewhere): "x",
    }


def test_people_may_edit_it(folder):
    text = folder / "quarantine.txt"
    text.write_text("# mine\n\na/../b/3.mp4\n")
    assert read_quarantine(text) == {str(folder / "b/3.mp4"): ""}


def test_names_that_a_line_cannot_hold(tmp_path):
    for name in ("a\tb.mp4", "a\nb.mp4", "#.mp4"):
        with pytest.raises(ValueError, match="Rename"):
            write_quarantine(tmp_path / "q.txt", {str(tmp_path / name): "x"})


def test_a_listing_is_read_without_them(folder, monkeypatch):
    write_quarantine(folder / "q.txt", {str(folder / "a/2.mp4"): "empty"})
    monkeypatch.chdir(folder.parent)
    listing = without_quarantined(list_videos(folder.name), folder / "q.txt")
    assert listing.file_paths == [
        f"{folder.name}/a/1.mp4",
        f"{folder.name}/b/3.mp4",
    ]
    assert listing.labels == [0, 1]
    with pytest.raises(ValueError, match="All files"):
        without_quarantined(
            Listing([str(folder / "a/2.mp4")]), folder / "q.txt"
        )
    with pytest.raises(FileNotFoundError, match="kvideo doctor"):
        without_quarantined(listing, folder / "no.txt")


def test_data_sets_leave_them_out(folder, capsys):
    write_quarantine(folder / "q.txt", {str(folder / "a/2.mp4"): "empty"})
    [part] = plan(
        list_videos(folder), quarantine=folder / "q.txt", shuffle=False
    )
    assert [p[-5:] for p in part.loader.listing.file_paths] == [
        "1.mp4",
        "3.mp4",
    ]
    assert "Left out 1 files in quarantine" in capsys.readouterr().out
    [part] = plan(list_videos(folder), verbose=False)
    assert len(part.loader.listing) == 3
