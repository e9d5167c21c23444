"""The fuzz makes real damage, repeats itself, and notices what goes wrong."""

import collections

import numpy as np
import pytest

from tests.support.benchmarks import load

fuzz = load("fuzz")

CONTENTS = {
    "a.mp4": bytes(range(1, 256)) * 8,
    "b.gif": bytes(range(255, 0, -1)) * 8,
    "c.avi": bytes(255 * 8),
}


def test_variants_are_damaged_and_repeatable():
    first = list(fuzz.variants(CONTENTS, 24, seed=3))
    assert first == list(fuzz.variants(CONTENTS, 24, seed=3))
    assert first != list(fuzz.variants(CONTENTS, 24, seed=4))
    made = collections.Counter((name, damage) for name, damage, _ in first)
    assert set(made.values()) == {2} and len(made) == 12
    for name, damage, data in first:
        if (name, damage) != ("c.avi", "zeroed"):  # it is all zeros
            assert data != CONTENTS[name]


@pytest.mark.parametrize("damage", fuzz.DAMAGES)
def test_damages_keep_the_size_or_cut_it(damage):
    content, other = CONTENTS["a.mp4"], CONTENTS["c.avi"]
    for seed in range(20):
        damaged = damage(content, other, np.random.default_rng(seed))
        if damage is fuzz.truncated:
            assert content.startswith(damaged) and damaged != content
        else:
            assert len(damaged) == len(content)


class _Worker:
    """Fails in the way that its class attribute says."""

    text, made = None, 0

    def __init__(self, *arguments):
        type(self).made += 1

    def ask(self, question, seconds=None):
        if question and self.text:
            raise fuzz.WorkerError(self.text)
        return "frames"

    def close(self):
        pass


@pytest.mark.parametrize(
    ("text", "ending", "workers"),
    [
        (None, "frames", 1),
        ("no answer within 10 s", "too late", 2),
        ("the process ended (out of memory?)", "crash", 2),
        ("ZeroDivisionError: division by zero", "other error", 1),
    ],
)
def test_failures_are_told_apart(monkeypatch, text, ending, workers):
    monkeypatch.setattr(fuzz, "Worker", _Worker)
    monkeypatch.setattr(_Worker, "text", text)
    monkeypatch.setattr(_Worker, "made", 0)
    reader = fuzz.Reader()
    assert reader.ending("a.mp4") == (ending, text)
    assert reader.ending("a.mp4") == (ending, text)
    assert _Worker.made == workers


def test_the_table_adds_up():
    ended = collections.Counter(
        {
            ("a.mp4", "zeroed", "frames"): 2,
            ("a.mp4", "truncated", "named error"): 3,
            ("b.gif", "zeroed", "crash"): 1,
        }
    )
    lines = fuzz.table(ended).splitlines()
    assert "| a.mp4 | 2 | 3 | 0 | 0 | 0 |" in lines
    assert "| zeroed | 2 | 0 | 0 | 1 | 0 |" in lines
    assert lines[-1] == "| all | 2 | 3 | 0 | 1 | 0 |"
    assert fuzz.failures(ended) == 1


@pytest.mark.slow
def test_damaged_files_end_in_frames_or_a_named_error():
    ended = fuzz.run(160, seed=1)
    assert sum(ended.values()) == 160
    assert fuzz.failures(ended) == 0, fuzz.table(ended)
    endings = {entry[2] for entry in ended}
    assert endings == {"frames", "named error"}
