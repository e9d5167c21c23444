"""Names of classes: how many, in which order, and from a user's files."""

import json

import pytest

from kvideo.data import class_names
from kvideo.data.class_lists import NAMES

KINETICS = ("kinetics400", "kinetics600", "kinetics700")
COUNTS = dict(zip(KINETICS, (400, 600, 700), strict=True))
COUNTS |= {"ucf101": 101, "hmdb51": 51, "motion": 33}


@pytest.mark.parametrize("name", NAMES)
def test_all_are_there_once_and_sorted(name):
    names = class_names(name)
    assert len(names) == len(set(names)) == COUNTS[name]
    assert all(n == n.strip() and n.isascii() for n in names)
    if name == "motion":  # by level: tests/data/procedural
        return
    # UCF101's own numbers do not look at capitals.
    key = str.lower if name == "ucf101" else str
    assert names == sorted(names, key=key)


def test_kinetics_lists_share_what_their_papers_say():
    """368 names stayed from 400 to 600 (arXiv:1808.01340, section 2), and 597
    from 600 to 700 (arXiv:1907.06987), one of them with a capital since: a
    name with a wrong letter would be missing."""
    k400, k600, k700 = (set(class_names(name)) for name in KINETICS)
    assert len(k400 & k600) == 368
    lower = {name.lower() for name in k700}
    assert {name for name in k600 if name.lower() not in lower} == {
        "bull fighting",
        "chopping vegetables",
        "picking fruit",
    }


def test_numbers_are_those_of_other_packages():
    """Kinetics as PyTorchVideo's files, UCF101 as THUMOS 2014's classes."""
    k400 = class_names("kinetics400")
    assert k400.index("sharpening knives") == 290
    assert k400.index("throwing discus") == 358
    ucf101 = ["", *class_names("ucf101")]
    thumos = {7: "BaseballPitch", 36: "HammerThrow", 45: "JavelinThrow"}
    thumos |= {68: "PoleVault", 85: "SoccerPenalty", 97: "VolleyballSpiking"}
    assert {number: ucf101[number] for number in thumos} == thumos


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("labels.csv", "run\njump (high)\n"),
        ("labels.txt", "run\n\n jump (high)\n"),
        ("classInd.txt", "2 jump (high)\r\n1 run\r\n"),
        ("labels.json", json.dumps({"jump (high)": "1", "run": "0"})),
        ("a.card.json", json.dumps({"class_names": ["run", "jump (high)"]})),
    ],
)
def test_names_from_files(tmp_path, file, text):
    (tmp_path / file).write_text(text)
    assert class_names(tmp_path / file) == ["run", "jump (high)"]


def test_what_is_no_list(tmp_path):
    with pytest.raises(ValueError, match=r"one of hmdb51.*'kinetics'"):
        class_names("kinetics")
    with pytest.raises(ValueError, match=r"something-something-v2-labels.json"):
        class_names("something_v2")
    (tmp_path / "a.json").write_text('["run"]')
    with pytest.raises(ValueError, match=r"dictionary from.*a.json"):
        class_names(tmp_path / "a.json")
