"""The names of the Something-Something classes are those of the data sets'
own label files: V1's in the order of `something-something-v1-labels.csv`, V2's
(`something-something-v2-labels.json`) are the same names sorted by letters,
as MMAction2's `tools/data/sthv{1,2}/label_map.txt` has them too.
"""

import pathlib

import pytest

from kvideo.data import MOTION_CLASSES, MOTION_SWAPS, flips

HERE = pathlib.Path(__file__).parent
SOMETHING_V1 = (
    (HERE / "class_names" / "something_v1.txt").read_text().splitlines()
)
SOMETHING_V2 = sorted(SOMETHING_V1)
JESTER = [
    "Swiping Left",
    "Swiping Right",
    "Swiping Down",
    "Sliding Two Fingers Left",
    "Sliding Two Fingers Right",
    "Rolling Hand Forward",
    "Turning Hand Clockwise",
    "Turning Hand Counterclockwise",
    "No gesture",
]


def both_ways(swaps):
    return swaps | {new: old for old, new in swaps.items()}


@pytest.mark.parametrize(
    ("names", "swaps"),
    [
        # the tables of label numbers that released code has
        (SOMETHING_V1, {2: 4, 30: 41, 52: 66}),
        (SOMETHING_V2, {86: 87, 93: 94, 166: 167}),
        (JESTER, {0: 1, 3: 4, 6: 7}),
    ],
    ids=["something_v1", "something_v2", "jester"],
)
def test_known_pairs_come_out_of_the_names(names, swaps):
    decision = flips.decide(names)
    assert decision.swaps == both_ways(swaps)
    assert f"{names[min(swaps)]} <-> " in decision.reason


def test_brackets_of_the_templates_do_not_matter():
    names = [n.replace("something", "[something]") for n in SOMETHING_V2]
    swaps = both_ways({86: 87, 93: 94, 166: 167})
    assert flips.decide(names).swaps == swaps


def test_motion_pairs_come_out_of_the_names():
    swaps = flips.decide(MOTION_CLASSES).swaps
    found = {MOTION_CLASSES[a]: MOTION_CLASSES[b] for a, b in swaps.items()}
    assert found == MOTION_SWAPS


def test_the_table_of_something_something_is_what_the_names_say():
    pairs, alone = flips.find_pairs(SOMETHING_V1)
    assert not alone
    table = flips.SOMETHING_SWAPS.items()
    assert {frozenset(p) for p in pairs.items()} == {
        frozenset(p) for p in table
    }


@pytest.mark.parametrize(
    "pair",
    [
        ("TurnLeft", "TurnRight"),
        ("turn_clockwise", "turn counter-clockwise"),
        ("spin anti clockwise 2", "spin clockwise 2"),
        ("leftwards", "RIGHTWARDS"),
        ("left hand to right ear", "right hand to left ear"),
    ],
)
def test_spellings_of_a_pair(pair):
    decision = flips.decide(["run", *pair])
    assert decision.swaps == {1: 2, 2: 1}


@pytest.mark.parametrize(
    "names",
    [
        ["run", "move_left"],
        ["move_left", "move_right", "turn_clockwise"],
        ["move left 2", "move right 3"],
        ["move_left", "move left", "move_right"],
    ],
)
def test_a_direction_alone_means_no_flips(names):
    decision = flips.decide(names)
    assert decision.swaps is None
    assert "not mirrored" in decision.reason


def test_labels_that_cannot_change_mean_no_flips():
    assert flips.decide(["left", "right"], swaps=False).swaps is None
    assert flips.decide(["run", "walk"], swaps=False).swaps == {}


def test_no_direction_means_flips():
    assert flips.decide(["run", "walk"]).swaps == {}
    assert flips.decide([]).swaps == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("move_left", True),
        ("TurnClockwise", True),
        ("turn counterclockwise", True),
        ("push-right2", True),
        ("LEFT", True),
        ("Pushing something from left to right", True),
        ("pulling it right out", False),
        ("pulling it right and out", True),
        ("bright_light", False),
        ("leftover", False),
        ("copyright", False),
        ("grow", False),
    ],
)
def test_directions_in_class_names(name, expected):
    assert bool(flips.directional(["run", name])) == expected


def test_swapped_labels():
    names = ["grow", "left", "right", "up"]
    for swaps in ({"left": "right"}, {"left": "right", "right": "left"}):
        assert flips.swapped_labels(names, swaps) == {1: 2, 2: 1}


@pytest.mark.parametrize(
    "swaps",
    [{"left": "rihgt"}, {"lfet": "right"}, {"left": "up", "right": "up"}],
)
def test_bad_swaps(swaps):
    with pytest.raises(ValueError, match="Received: horizontal_flip="):
        flips.swapped_labels(["left", "right", "up"], swaps)
