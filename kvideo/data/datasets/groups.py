"""Splits that keep together what belongs together.

Clips that were cut from one video look alike. With some of them in training
and some in testing, a network scores by knowing the place, and the accuracy
says nothing about new videos.
"""

import collections
import hashlib


def held_out_groups(groups, labels, share):
    """Which groups to hold out for testing.

    Groups are taken in the order of the SHA-256 of their names, so the choice
    depends on the names alone and not on the order of the list; a group that
    would take more than the share of one of its classes is passed over. Each
    class so comes close to the share from below.

    Args:
        groups: the name of the group of each clip.
        labels: the label of each clip: hashable, or a dictionary.
        share: of each class, in (0, 1).

    Returns:
        The set of the names of the groups.

    Raises:
        ValueError: `share` is out of range, or no group is small enough.
    """
    if not 0 < share < 1:
        raise ValueError(
            f"`held_out` should be between 0 and 1. Received: {share}"
        )
    labels = [str(label) for label in labels]
    room = {k: share * n for k, n in collections.Counter(labels).items()}
    sizes = collections.defaultdict(collections.Counter)
    for group, label in zip(groups, labels, strict=True):
        sizes[group][label] += 1
    chosen = set()
    for group in sorted(sizes, key=_digest):
        if all(n <= room[label] for label, n in sizes[group].items()):
            chosen.add(group)
            for label, n in sizes[group].items():
                room[label] -= n
    if not chosen:
        raise ValueError(
            f"Every group has more than {share:.0%} of a class. Hold out more, "
            "or split by something smaller."
        )
    return chosen


def _digest(name):
    return hashlib.sha256(name.encode()).hexdigest()
