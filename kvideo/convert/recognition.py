"""Of which network a checkpoint is, by the names and shapes of its tensors."""

import difflib
import re
from dataclasses import dataclass

from kvideo.convert.assignment import COUNTER
from kvideo.convert.checkpoint import require_torch
from kvideo.convert.kind import Kind, Row

LISTED = 8


@dataclass(frozen=True)
class Match:
    """A checkpoint's layout, its network, and its number of classes."""

    kind: Kind
    row: Row
    classes: int

    @property
    def clip(self):
        """(T, H, W) of the clip of the proof."""
        return self.row.clip or self.kind.clip

    @property
    def rules(self):
        """Those of the row, then those of the kind."""
        return (*self.row.rules, *self.kind.rules)

    @property
    def special(self):
        """Those of the row and of the kind."""
        return {**self.row.special, **self.kind.special}

    def make_twin(self):
        """The PyTorch network that has the checkpoint's names."""
        return self.kind.twin(
            frames=self.clip[0], classes=self.classes, **self.row.twin
        )


def list_kinds():
    """All kinds of checkpoints that are known, by name."""
    require_torch()
    from kvideo.convert.kinds import KINDS

    return dict(KINDS)


def recognize(tensors, kind=None, model=None):
    """The first network whose names and shapes are all those of `tensors`.

    Args:
        tensors: What `read_checkpoint` returns.
        kind: Name of a kind, to look no further.
        model: Registry name of our network, likewise; it decides between
            networks that differ in nothing that a checkpoint shows.

    Returns:
        A `Match`.
    Raises:
        ValueError: If there is none. The message names the nearest, and
            what differs.
    """
    found = _shapes(tensors)
    nearest = None
    for match in _candidates(found, kind, model):
        expected = twin_shapes(match)
        if expected == found:
            return match
        differing = len(set(expected.items()) ^ set(found.items()))
        if nearest is None or differing < nearest[0]:
            nearest = differing, match, expected
    raise ValueError(_explain(found, nearest, kind, model))


def _candidates(found, kind, model):
    kinds = list_kinds()
    if kind is not None and kind not in kinds:
        close = difflib.get_close_matches(kind, kinds, 1, 0)
        raise ValueError(
            f"Unknown kind {kind!r}. Nearest: {close[0]}. There are: "
            f"{', '.join(kinds)}."
        )
    known = {row.model for each in kinds.values() for row in each.rows}
    if model is not None and model not in known:
        raise ValueError(
            f"No checkpoint is known that becomes {model!r}. Those that do "
            f"become: {', '.join(sorted(known))}."
        )
    for each in kinds.values() if kind is None else [kinds[kind]]:
        shape = found.get(each.classifier)
        for row in each.rows:
            if shape is not None and model in (None, row.model):
                yield Match(each, row, shape[0])


def twin_shapes(match):
    """Names and shapes of a twin's tensors; it is not given any memory."""
    torch = require_torch()
    with torch.device("meta"):
        return _shapes(match.make_twin().state_dict())


def _shapes(tensors):
    return {
        key: tuple(tensor.shape)
        for key, tensor in tensors.items()
        if not re.fullmatch(COUNTER, key)
    }


def _explain(found, nearest, kind, model):
    asked = "".join(
        f" as {name}={value!r}"
        for name, value in (("kind", kind), ("model", model))
        if value is not None
    )
    if nearest is None:
        return (
            f"Unknown layout{asked}: no known classifier is among the "
            f"{len(found)} tensors, which begin with {_some(found)}. Known "
            f"kinds: {', '.join(list_kinds())}."
        )
    _, match, expected = nearest
    extra = [key for key in found if key not in expected]
    missing = [key for key in expected if key not in found]
    other = [
        f"{key} {found[key]} for {expected[key]}"
        for key in expected
        if key in found and found[key] != expected[key]
    ]
    return (
        f"Unknown layout{asked}. Nearest: kind {match.kind.name!r} "
        f"({match.kind.source}) as {match.row.model}. Not matched in the "
        f"checkpoint: {_some(extra)}. Missing from it: {_some(missing)}. "
        f"Of another shape: {_some(other)}."
    )


def _some(names):
    names = list(names)
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return (", ".join(names[:LISTED]) or "none") + more
