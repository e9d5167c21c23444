import numpy as np
import pytest

from kvideo.evaluation import Evaluation
from kvideo.evaluation.compare import class_changes, compare, pair_changes

NAMES = ("left", "right", "up", "down")
# Two clips of each class but "down", which has none.
LABELS = np.array([0, 0, 1, 1, 2, 2])


def evaluation(predictions, labels=LABELS, names=NAMES):
    return Evaluation(np.eye(4)[predictions], labels, names)


BEFORE = evaluation([0, 1, 0, 0, 2, 2])
AFTER = evaluation([0, 0, 1, 0, 2, 3])


def test_class_changes_by_hand():
    changes = {c.names[0]: c for c in class_changes(BEFORE, AFTER)}
    assert {name: c.gain for name, c in changes.items()} == {
        "left": 0.5,
        "right": 0.5,
        "up": -0.5,
    }
    assert (changes["right"].before, changes["right"].after) == (0, 0.5)
    assert [c.gain for c in class_changes(BEFORE, AFTER)] == [0.5, 0.5, -0.5]


def test_pair_changes_by_hand():
    (pair,) = pair_changes(BEFORE, AFTER, [("left", "right")])
    assert pair.clips == 4
    assert (pair.before, pair.after) == (0.25, 0.75)
    # One left taken for right and both rights for left; then one of four.
    assert (pair.mixed_before, pair.mixed_after) == (0.75, 0.25)


def test_tables():
    section = compare(BEFORE, AFTER, [("left", "right")], most=1)
    gains, losses, pairs = section.tables
    assert gains.rows == (("left", 2, "50.0%", "100.0%", "+50.0 points"),)
    assert losses.rows == (("up", 2, "100.0%", "50.0%", "-50.0 points"),)
    assert pairs.rows[0][0] == "left / right"
    assert "50.0% before, 66.7% after, on 6 clips" in section.text
    assert len(compare(BEFORE, AFTER).tables) == 2


def test_errors():
    with pytest.raises(ValueError, match=r"'rigth'. Nearest: right"):
        pair_changes(BEFORE, AFTER, [("left", "rigth")])
    with pytest.raises(ValueError, match="No clip has the label down"):
        pair_changes(BEFORE, AFTER, [("down", "down")])
    with pytest.raises(ValueError, match="same videos"):
        compare(BEFORE, evaluation([0] * 6, LABELS[::-1].copy()))
    with pytest.raises(ValueError, match="same classes"):
        compare(BEFORE, evaluation([0] * 6, names=("a", "b", "c", "d")))
