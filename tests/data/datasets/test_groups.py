import hashlib

import pytest

from kvideo.data.datasets.groups import held_out_groups


def test_whole_groups_up_to_the_share_of_each_class():
    groups, labels = [], []
    for number in range(40):
        size = 1 + number % 5
        groups += [f"video{number}"] * size
        labels += ["fight"] * (size // 2) + ["calm"] * (size - size // 2)
    chosen = held_out_groups(groups, labels, 0.25)
    for label in ("fight", "calm"):
        of_class = [
            g in chosen
            for g, x in zip(groups, labels, strict=True)
            if x == label
        ]
        assert 0.2 < sum(of_class) / len(of_class) <= 0.25
    backwards = held_out_groups(groups[::-1], labels[::-1], 0.25)
    assert backwards == chosen


def test_order_of_the_digests_decides():
    names = sorted("abcd", key=lambda x: hashlib.sha256(x.encode()).hexdigest())
    assert held_out_groups("abcd", [0, 0, 0, 0], 0.5) == set(names[:2])
    # A group that is too large is passed over, not the end of the search.
    large = [names[0]] * 3 + names[1:]
    assert held_out_groups(large, [0] * 6, 0.2) == {names[1]}


def test_nothing_to_hold_out():
    with pytest.raises(ValueError, match="Every group has more than 20%"):
        held_out_groups(["a", "a", "b", "b"], [0, 0, 0, 0], 0.2)
    with pytest.raises(ValueError, match="Received: 1"):
        held_out_groups(["a"], [0], 1)
