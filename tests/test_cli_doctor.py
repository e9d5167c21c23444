"""`kvideo doctor`: its tables, its page, its list and its exit status."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from kvideo.cli import app
from kvideo.cli_doctor import classes_table
from kvideo.data import decode, open_listing, read_quarantine
from kvideo.data.doctor import Finding


def doctor(*arguments):
    """The command's result. No TensorFlow: only the page needs it."""
    words = ["doctor", *map(str, arguments)]
    return CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (folder / name).mkdir()
        blocks = rng.integers(0, 255, (8, 8, 3), np.uint8)
        picture = blocks.repeat(4, 0).repeat(4, 1)
        frames = np.stack([np.roll(picture, n, 1) for n in range(9)])
        decode.write_video(folder / name / "1.mp4", frames, fps=10)
    return folder


@pytest.fixture
def wrong(videos):
    """The same videos with an empty file, and a copy in the other class."""
    copy, empty = videos / "b" / "bad[1].mp4", videos / "a" / "0.mp4"
    copy.write_bytes((videos / "a" / "1.mp4").read_bytes())
    empty.touch()
    yield videos
    copy.unlink()
    empty.unlink()


def test_a_clean_collection(videos):
    done = doctor(videos, "--workers", 1)
    assert done.exit_code == 0, done.output
    assert "Nothing is wrong" in done.stdout
    assert "2 files" in done.stdout


def test_what_is_wrong_is_shown_and_left_out(wrong, tmp_path):
    text = tmp_path / "quarantine.txt"
    done = doctor(wrong, "--workers", 1, "--quarantine", text)
    assert done.exit_code == 1, done.output
    shown = "".join(word for word in done.stdout.split() if word != "│")
    for words in ("empty(1)", "copywithanotherlabel(1)", "bad[1].mp4"):
        assert words in shown
    assert str(wrong / "b" / "bad[1].mp4") in read_quarantine(text)
    listing = open_listing(f"{wrong}?quarantine={text}")
    assert listing.file_paths == [str(wrong / "b" / "1.mp4")]


def test_json_and_page(wrong, tmp_path):
    page = tmp_path / "page.html"
    done = doctor(wrong, "--workers", 1, "--html", page, "--json")
    assert done.exit_code == 1, done.output
    fields = json.loads(done.stdout)
    kinds = [row["kind"] for row in fields["findings"]]
    assert kinds == ["empty", "copy with another label"]
    html = page.read_text()
    assert "Copy with another label: 1 problem" in html
    assert html.count("data:image/jpeg") == 2


def test_pictures_of_many_suspects_are_cut():
    from kvideo.evaluation.doctor_page import PICTURES, suspects

    many = [
        Finding("copy", tuple(f"{n}-{k}" for k in range(9)), "")
        for n in range(40)
    ]
    assert len(suspects(many)) == PICTURES
    assert suspects(many)[:5] == ["0-0", "0-1", "0-2", "0-3", "1-0"]


def test_rows_of_many_classes_are_cut():
    classes = {"all": {f"c{n}": n for n in range(50)}}
    assert classes_table(classes).row_count == 21


def test_errors_and_help(tmp_path, videos):
    done = doctor(tmp_path / "no-such")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "no-such" in done.stderr
    done = doctor(videos, "--bits", -1)
    assert done.exit_code == 2 and "bits" in done.stderr
    assert "Example: kvideo doctor" in doctor("--help").stdout
