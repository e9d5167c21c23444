"""What the fields of a run and of a recipe may be, and what is said if not."""

import dataclasses
import difflib
import functools
from typing import NamedTuple


class Rule(NamedTuple):
    """A test of a value, and the words for what passes it."""

    accepts: object
    expected: str


def _is_text(value):
    return isinstance(value, str) and bool(value)


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_amount(value):
    number = _is_whole(value) or isinstance(value, float)
    return number and 0 <= value < float("inf")


def _is_list(value):
    return isinstance(value, list | tuple)


def _are_milestones(value):
    whole = _is_list(value) and all(_is_whole(x) and x > 0 for x in value)
    return whole and list(value) == sorted(set(value))


def _are_stages(value):
    lengths = _is_list(value) and all(_is_amount(x) and x > 0 for x in value)
    return lengths and len(value) != 1


def _is_class_weight(value):
    if isinstance(value, dict):
        numbers = all(_is_amount(x) and x > 0 for x in value.values())
        return numbers and all(map(_is_text, value))
    return value == "balanced"


TEXT = Rule(_is_text, "text, not empty")
COUNT = Rule(lambda x: _is_whole(x) and x > 0, "a whole number > 0")
STEPS = Rule(lambda x: _is_whole(x) and x >= 0, "a whole number >= 0")
AMOUNT = Rule(_is_amount, "a number >= 0")
POSITIVE = Rule(lambda x: _is_amount(x) and x > 0, "a number > 0")
SHARE = Rule(lambda x: _is_amount(x) and x < 1, "a number in [0, 1)")
BOOLEAN = Rule(lambda x: isinstance(x, bool), "true or false")
SEED = Rule(
    lambda x: _is_whole(x) and 0 <= x < 2**31, "a whole number in [0, 2**31)"
)
MILESTONES = Rule(
    _are_milestones, "a list of whole numbers > 0, each above the one before"
)
STAGES = Rule(_are_stages, "a list of two or more numbers > 0, or an empty one")
CLASS_WEIGHT = Rule(
    _is_class_weight, '"balanced", or a dictionary from classes to numbers > 0'
)


def one_of(choices):
    """The rule that a value is among some."""
    return Rule(choices.__contains__, f"one of {choices}")


def or_none(rule):
    """The rule that a value is None or passes another."""
    return Rule(
        lambda x: x is None or rule.accepts(x), f"{rule.expected}, or None"
    )


def check(name, value, rule):
    """Raises a `ValueError` that names the argument if a rule is broken."""
    if not rule.accepts(value):
        raise ValueError(
            f"`{name}` must be {rule.expected}. Received: {name}={value!r}"
        )


def check_all(config, rules, prefix=""):
    """Checks the fields of a dataclass; `prefix` stands before their names."""
    for name, rule in rules.items():
        check(prefix + name, getattr(config, name), rule)


def named_fields(what):
    """Class decorator of dataclasses: an unknown name gets its nearest one.

    Args:
        what: What the dataclass is, in words.
    """

    def decorate(cls):
        build = cls.__init__
        known = [field.name for field in dataclasses.fields(cls)]

        @functools.wraps(build)
        def checked(self, *arguments, **fields):
            unknown = [name for name in fields if name not in known]
            if unknown:
                raise ValueError(_unknown_keys(what, unknown, known))
            build(self, *arguments, **fields)

        cls.__init__ = checked
        return cls

    return decorate


def _unknown_keys(what, unknown, known):
    parts = []
    for key in unknown:
        nearest = difflib.get_close_matches(str(key), known, n=1, cutoff=0)
        parts.append(f"{key!r} (nearest: {nearest[0]!r})")
    return (
        f"Unknown keys in the {what}: {', '.join(parts)}. "
        f"Known: {', '.join(known)}."
    )
