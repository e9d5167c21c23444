import os

import pytest

from kvideo.data import arguments


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None), (8, 1)),
        ((2, None), (2, 4)),
        ((3, None), (3, 2)),
        ((16, None), (16, 1)),
        ((None, 3), (8, 3)),
        ((1, 1), (1, 1)),
    ],
)
def test_threads_follow_from_the_cores(monkeypatch, given, expected):
    monkeypatch.setattr(arguments, "_LINUX", True)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert arguments.threads(*given) == expected


def test_threads_elsewhere_and_bad_ones(monkeypatch):
    monkeypatch.setattr(arguments, "_LINUX", False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert arguments.threads(None, None) == (1, 1)
    with pytest.raises(ValueError, match="num_parallel_calls=0"):
        arguments.threads(0, None)
    with pytest.raises(ValueError, match="decoder_threads=0"):
        arguments.threads(None, 0)


def test_binary_labels_need_two_classes_in_each_column():
    two = {"verb": ["a", "b"], "hand": ["left", "right"]}
    arguments.check_label_mode("binary", two)
    with pytest.raises(ValueError, match="exactly 2 classes"):
        arguments.check_label_mode("binary", two | {"noun": ["c"]})
