import numpy as np
import pytest

from kvideo.evaluation import Evaluation, Protocol, by_protocol, scorecard

NAMES = ("a", "b", "c")


def views_of(average="softmax", clips=2):
    """Two views of four videos; the first view is wrong about video 1."""
    protocol = Protocol("test", clips, 1, average=average)
    scores = np.array(
        [
            *([0.8, 0.1, 0.1], [0.8, 0.1, 0.1]),
            *([0.4, 0.6, 0.0], [0.9, 0.1, 0.0]),
            *([0.2, 0.5, 0.3], [0.2, 0.5, 0.3]),
            *([0.1, 0.7, 0.2], [0.1, 0.7, 0.2]),
        ]
    )
    labels = np.array([0, 0, 1, 2]).repeat(2)
    paths = [f"{i}.mp4" for i in range(4) for _ in range(2)]
    return Evaluation(scores, labels, NAMES, paths, protocol.to_dict())


@pytest.fixture
def views():
    return views_of()


@pytest.fixture
def videos(views):
    return by_protocol(views)


def test_figures_of_videos_and_of_views(views, videos):
    section = scorecard.figures_section(views, videos, macs=1.5e9)
    rows = section.tables[0].rows
    assert [row[:3] for row in rows] == [
        ("videos", 4, "75.0 %"),
        ("views", 8, "62.5 %"),
    ]
    # Three of four, by Wilson: 30.1 % to 95.4 %.
    assert [row[3] for row in rows] == ["30.1 - 95.4 %", "-"]
    assert "guessing gives 33.3 %" in section.text
    assert "Protocol test: 2x1 views" in section.text
    assert "2 x 1.5 G multiply-accumulates = 3 G a video" in section.text


def test_views_that_count_alone_are_no_videos():
    views = views_of(average="none")
    section = scorecard.figures_section(views, by_protocol(views))
    assert [row[:2] for row in section.tables[0].rows] == [("views", 8)]
    assert "each counts by itself" in section.text


def test_one_view_is_a_video(videos):
    section = scorecard.figures_section(videos, videos)
    assert [row[:2] for row in section.tables[0].rows] == [("videos", 4)]
    assert "Protocol" not in section.text


def test_accuracy_grows_with_views(views):
    (table,) = scorecard.views_section(views).tables
    assert table.rows == ((1, "50.0 %"), (2, "75.0 %"))


def test_classes_with_what_they_are_taken_for(videos):
    assert scorecard.class_rows(videos) == [
        scorecard.ClassRow("a", 2, 2, "-"),
        scorecard.ClassRow("b", 1, 1, "-"),
        scorecard.ClassRow("c", 1, 0, "b"),
    ]
    (table,) = scorecard.class_section(videos).tables
    assert [row[0] for row in table.rows] == ["a", "b", "c"]
    worst = scorecard.class_section(videos, most=1)
    assert [row[0] for row in worst.tables[0].rows] == ["c"]
    assert "The 1 of 3" in worst.text


def test_a_class_without_clips_has_no_row():
    found = Evaluation(np.eye(3)[[0, 1]], np.array([0, 0]), NAMES)
    (row,) = scorecard.class_rows(found)
    assert row == scorecard.ClassRow("a", 2, 1, "b")


def test_hardest_clips_have_their_files(videos):
    (table,) = scorecard.hardest_section(videos, 2).tables
    assert table.rows == (
        ("3.mp4", "c", "0.2000", "b", "0.7000"),
        ("2.mp4", "b", "0.5000", "b", "0.5000"),
    )
    nameless = Evaluation(videos.scores, videos.labels)
    assert scorecard.hardest_rows(nameless, 1)[0][0] == "clip 3"


def test_time_is_compared_with_the_normal_clips(videos):
    turned = Evaluation(videos.scores[:, [1, 0, 2]], videos.labels, NAMES)
    rows = [("as they are", videos), ("reversed frames", turned)]
    (table,) = scorecard.temporal_section(rows).tables
    assert [(row[0], row[1], *row[3:]) for row in table.rows] == [
        ("as they are", "75.0 %", "+0.0 points", "100.0 %"),
        ("reversed frames", "0.0 %", "-75.0 points", "0.0 %"),
    ]
