"""Segments of scores, by hand; and the files that say them."""

import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest

from kvideo.evaluation import ActionSegment, Hysteresis, write_timeline
from kvideo.evaluation.timeline import score_windows, to_webvtt

NAMES = ("jump", "run, fast")


def segments_of(scores, **options):
    """Of the first class, one score a second."""
    finder = Hysteresis(NAMES, **options)
    for second, score in enumerate(scores):
        finder.add(second, [score, 0.0])
    return [(s.start, s.end) for s in finder.finish(len(scores))]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [(1, 4), (5, 6)]),  # opens at 0.5, closes below 0.4
        ({"release": 0.5}, [(1, 2), (3, 4), (5, 6)]),
        ({"release": 0.2}, [(1, 6)]),
        ({"min_length": 2.0}, [(1, 4)]),
        ({"threshold": 0.8}, [(5, 6)]),
        ({"threshold": 1.0}, []),
    ],
)
def test_hysteresis_by_hand(options, expected):
    scores = [0.45, 0.6, 0.45, 0.5, 0.3, 0.9]
    assert segments_of(scores, **options) == expected


def test_segments_of_several_classes():
    finder = Hysteresis(NAMES)
    for time, scores in enumerate([(0.1, 0.6), (0.5, 0.8), (0.7, 0.1)]):
        finder.add(time, scores)
    first, second = finder.finish(2.5)
    assert first == ActionSegment(
        "run, fast", 0, 2, pytest.approx(0.7), pytest.approx(0.8)
    )
    assert second == ActionSegment(
        "jump", 1, 2.5, pytest.approx(0.6), pytest.approx(0.7)
    )


def test_bad_numbers():
    for options in (
        {"threshold": 0.0},
        {"threshold": 1.5},
        {"threshold": 0.4, "release": 0.5},
        {"threshold": float("nan")},
    ):
        with pytest.raises(ValueError, match="0 < release <= threshold"):
            Hysteresis(NAMES, **options)
    with pytest.raises(ValueError, match="min_length=-1"):
        Hysteresis(NAMES, min_length=-1)


def windows(number):
    """Of two seconds at a hop of one; the clip says which it is."""
    for start in range(number):
        clip = np.full((1, 1, 1, 3), start, "float32")
        yield SimpleNamespace(start=start, end=start + 2, clip=clip)


def test_windows_are_scored_in_batches():
    sizes = []

    def predict(clips):
        sizes.append(len(clips))
        return clips[:, 0, 0, 0, :2]

    found = list(score_windows(predict, windows(5), batch_size=2))
    assert sizes == [2, 2, 1]
    assert [(a, b, s.tolist()) for a, b, s in found] == [
        (n, n + 2, [n, n]) for n in range(5)
    ]
    with pytest.raises(ValueError, match=r"no numbers, at 0\.00 s"):
        next(score_windows(lambda clips: [[0, np.nan]], windows(1)))


def scored():
    yield 0, 2, [0.9, 0.1]
    yield 1, 3, [0.8, 0.0]
    yield 2, 3.5, [0.1, 0.7]


def test_files(tmp_path):
    found = write_timeline(
        *(tmp_path / "out", "match", scored(), Hysteresis(NAMES), 2.0, 1.0),
        {"video": "match.mp4"},
    )
    # The window at 2 s stands for what is from 2.5 s on.
    assert [(s.start, s.end) for s in found] == [(0, 2.5), (2.5, 3.5)]
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["match.json", "match.scores.csv", "match.vtt"]
    with open(tmp_path / "out" / "match.scores.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["start", "end", "jump", "run, fast"]
    assert rows[1:] == [
        ["0.000", "2.000", "0.9", "0.1"],
        ["1.000", "3.000", "0.8", "0"],
        ["2.000", "3.500", "0.1", "0.7"],
    ]
    record = json.loads((tmp_path / "out" / "match.json").read_text())
    segments = record.pop("segments")
    assert [ActionSegment(**segment) for segment in segments] == found
    assert record == {
        "video": "match.mp4",
        "duration": 3.5,
        "window": 2.0,
        "hop": 1.0,
        "threshold": 0.5,
        "release": 0.4,
        "min_length": 0.0,
    }


def test_nothing_is_left_of_a_video_that_breaks_off(tmp_path):
    def broken():
        yield from scored()
        raise ValueError("cannot decode")

    with pytest.raises(ValueError, match="cannot decode"):
        write_timeline(tmp_path, "a", broken(), Hysteresis(NAMES), 2, 1, {})
    assert not list(tmp_path.iterdir())


def test_webvtt():
    cues = [
        ActionSegment("<b> & c\n--> d", 0.0, 1.5, 0.756, 0.9),
        ActionSegment("e", 3723.0004, 7200.9996, 1.0, 1.0),
    ]
    assert to_webvtt(cues) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:01.500\n"
        "&lt;b&gt; &amp; c --&gt; d (0.76)\n\n"
        "01:02:03.000 --> 02:00:01.000\n"
        "e (1.00)\n"
    )
