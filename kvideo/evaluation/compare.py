"""Two evaluations of the same videos, class by class and pair by pair.

The analysis of X. Li, B. Shuai, J. Tighe, "Directional Temporal Modeling for
Action Recognition", ECCV 2020, section 4.4 and Table 6.
"""

import dataclasses
import difflib

import numpy as np

from kvideo.evaluation.ensemble import check_same
from kvideo.evaluation.report import Section, Table


@dataclasses.dataclass(frozen=True)
class Change:
    """Accuracy before and after, of one class or of a pair.

    Attributes:
        names: The classes.
        clips: Clips of these classes.
        before, after: Share of them that is predicted right, 0 to 1, among
            all classes.
        mixed_before, mixed_after: For a pair, the share that is taken for
            the other class of the pair; None for one class.
    """

    names: tuple
    clips: int
    before: float
    after: float
    mixed_before: float | None = None
    mixed_after: float | None = None

    @property
    def gain(self):
        return self.after - self.before


def class_changes(before, after):
    """The change of every class that has clips, largest gain first.

    Args:
        before: `Evaluation` of one network.
        after: `Evaluation` of another, on the same videos.

    Raises:
        ValueError: If the videos or the classes differ.
    """
    check_same(before, after, 2)
    changes = [
        _change(before, after, (index,))
        for index in np.unique(before.labels).tolist()
    ]
    return sorted(changes, key=lambda change: -change.gain)


def pair_changes(before, after, pairs):
    """The change of pairs of classes that are easily mistaken.

    Args:
        before, after: As for `class_changes`.
        pairs: Pairs of class names.

    Returns:
        A `Change` for each pair, in order.
    Raises:
        ValueError: If a class does not exist or has no clips.
    """
    check_same(before, after, 2)
    return [
        _change(before, after, tuple(_index(before, name) for name in pair))
        for pair in pairs
    ]


def compare(before, after, pairs=(), most=5):
    """What `kvideo evaluate --compare` prints.

    Args:
        before, after, pairs: As for `pair_changes`.
        most: Classes in each of the tables of gains and losses.

    Returns:
        A `Section` with two tables or three.
    """
    changes = class_changes(before, after)
    gains = [c for c in changes if c.gain > 0][:most]
    losses = [c for c in reversed(changes) if c.gain < 0][:most]
    tables = [_table("Largest gains", gains), _table("Largest losses", losses)]
    if pairs:
        tables.append(_pair_table(pair_changes(before, after, pairs)))
    text = (
        f"Top-1 {before.top1:.1%} before, {after.top1:.1%} after, on "
        f"{len(before.labels)} clips."
    )
    return Section("Comparison", text, tuple(tables))


def _change(before, after, classes):
    chosen = np.isin(before.labels, classes)
    labels = before.labels[chosen]
    if not chosen.any():
        names = ", ".join(before.class_names[c] for c in classes)
        raise ValueError(f"No clip has the label {names}.")
    predicted = before.predictions[chosen], after.predictions[chosen]
    right = [float(np.mean(p == labels)) for p in predicted]
    mixed = (None, None)
    if len(classes) == 2:
        # The other class of the pair: what remains of their sum.
        other = sum(classes) - labels
        mixed = [float(np.mean(p == other)) for p in predicted]
    names = tuple(before.class_names[c] for c in classes)
    return Change(names, len(labels), *right, *mixed)


def _index(evaluation, name):
    if name in evaluation.class_names:
        return evaluation.class_names.index(name)
    nearest = difflib.get_close_matches(name, evaluation.class_names, n=3)
    raise ValueError(
        f"No class is named {name!r}. Nearest: "
        f"{', '.join(nearest) or 'none'}. There are "
        f"{len(evaluation.class_names)} classes."
    )


def _table(caption, changes):
    rows = [
        (c.names[0], c.clips, f"{c.before:.1%}", f"{c.after:.1%}", _signed(c))
        for c in changes
    ]
    columns = ("class", "clips", "before", "after", "gain")
    return Table(columns, tuple(rows), caption)


def _pair_table(changes):
    rows = [
        (
            " / ".join(c.names),
            c.clips,
            f"{c.before:.1%}",
            f"{c.after:.1%}",
            _signed(c),
            f"{c.mixed_before:.1%}",
            f"{c.mixed_after:.1%}",
        )
        for c in changes
    ]
    columns = ("pair", "clips", "before", "after", "gain", "mixed", "mixed now")
    return Table(columns, tuple(rows), "Pairs")


def _signed(change):
    return f"{100 * change.gain:+.1f} points"
