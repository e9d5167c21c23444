"""`kvideo doctor`: its tables, its page, its list and its exit status."""

import json

import numpy as np
import pytest

from kvideo.cli_doctor import classes_table
from kvideo.data import decode, open_listing, read_quarantine
from kvideo.data.doctor import Finding
from kvideo.evaluate.doctor_page import PICTURES, suspects
from tests.test_cli import error_of, kvideo, output_of


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


def test_a_clean_collection(videos):
    text = output_of("doctor", videos, "--workers", 1)
    assert "Nothing is wrong" in text
    assert "2 files" in text


def test_what_is_wrong_is_shown_and_left_out(videos, tmp_path):
    bad = videos / "b" / "bad[1].mp4"
    bad.write_bytes((videos / "a" / "1.mp4").read_bytes())
    (videos / "a" / "0.mp4").touch()
    page, text = tmp_path / "page.html", tmp_path / "quarantine.txt"
    try:
        done = kvideo(
            *("doctor", videos, "--workers", 1),
            *("--html", page, "--quarantine", text, "--json"),
        )
        assert done.exit_code == 1, done.output
        fields = json.loads(done.stdout)
        kinds = [row["kind"] for row in fields["findings"]]
        assert kinds == ["empty", "copy with another label"]
        listing = open_listing(f"{videos}?quarantine={text}")
        assert listing.file_paths == [str(videos / "b" / "1.mp4")]
        assert str(bad) in read_quarantine(text)
        html = page.read_text()
        assert "Copy with another label: 1 problem" in html
        assert html.count("data:image/jpeg") == 2
        done = kvideo("doctor", videos, "--workers", 1)
        assert done.exit_code == 1
        assert "bad[1].mp4" in "".join(done.stdout.split())
    finally:
        bad.unlink()
        (videos / "a" / "0.mp4").unlink()


def test_many_classes_and_suspects_are_cut():
    classes = {"all": {f"c{n}": n for n in range(50)}}
    assert classes_table(classes).row_count == 21
    many = [
        Finding("copy", tuple(f"{n}-{k}" for k in range(9)), "")
        for n in range(40)
    ]
    assert len(suspects(many)) == PICTURES
    assert suspects(many)[:5] == ["0-0", "0-1", "0-2", "0-3", "1-0"]


def test_errors_and_help(tmp_path):
    assert "no-such" in error_of("doctor", tmp_path / "no-such")
    assert "Example: kvideo doctor" in output_of("doctor", "--help")
