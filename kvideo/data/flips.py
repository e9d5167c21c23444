"""Which labels change when a clip is mirrored, read from the class names.

The mirror image of "Pushing something from left to right" is another class,
and that of "Swiping Left" too. Released code keeps such pairs as tables of
label numbers: TSM's successors use {2: 4, 30: 41, 52: 66} for
Something-Something V1 and {86: 87, 93: 94, 166: 167} for V2 (GST's code, and
the configurations of MMAction2). These hold for one order of the classes
only, and are silently wrong for every other. Here the *names* are read: in
each name left and right, clockwise and anticlockwise change places, and the
result is looked up among the classes. The tables above come out of the
official names (tests/data/test_flips.py).
"""

import dataclasses
import re

# What classes of Something-Something, V1 and V2, become when mirrored.
SOMETHING_SWAPS = {
    "Pulling something from left to right": (
        "Pulling something from right to left"
    ),
    "Pushing something from left to right": (
        "Pushing something from right to left"
    ),
    "Turning the camera left while filming something": (
        "Turning the camera right while filming something"
    ),
}

_MIRRORED = {
    "left": "right",
    "leftward": "rightward",
    "leftwards": "rightwards",
    "clockwise": "anticlockwise",
}
_MIRRORED |= {other: word for word, other in _MIRRORED.items()}

# "pulling it right out" (Something-Something) names no side.
_NO_SIDE = re.compile(r"\b(right (out|away|after|before)|left (over|out))\b")
_TURNS_BACK = re.compile(r"\b(anti|counter) ?clockwise\b")


@dataclasses.dataclass(frozen=True)
class FlipDecision:
    """What to do about mirrored clips.

    Attributes:
        swaps: dictionary of the labels that change in a flip, with what they
            change to (both ways); empty if none does. `None`: do not flip.
        reason: one sentence for people.
    """

    swaps: dict | None
    reason: str


def decide(class_names, swaps=True):
    """Whether clips of these classes may be mirrored, and what changes.

    Args:
        class_names: names of the classes, in the order of their labels.
        swaps: whether a label can be changed; if not, any direction in a
            name means no flips.

    Returns:
        A `FlipDecision`: flips without swaps if no name has a direction,
        with swaps if each directional name has its mirror image among the
        classes, and no flips if one has not.
    """
    pairs, alone = find_pairs(class_names)
    if pairs and not swaps:
        return FlipDecision(
            None,
            "Clips are not mirrored: class names contain a direction "
            f"({_some([*pairs])}), and these labels cannot be changed.",
        )
    if alone:
        return FlipDecision(
            None,
            "Clips are not mirrored: class names contain a direction "
            f"({_some(alone)}), and no class is named as the mirror image. "
            "Pass `horizontal_flip={name: mirrored_name}` to mirror them.",
        )
    if not pairs:
        return FlipDecision(
            {},
            "Training mirrors half of the clips: no class name contains a "
            "direction.",
        )
    texts = [f"{one} <-> {other}" for one, other in pairs.items()]
    return FlipDecision(
        swapped_labels(class_names, pairs),
        "Training mirrors half of the clips, and their labels with them: "
        f"{'; '.join(texts)}.",
    )


def find_pairs(class_names):
    """The classes that are mirror images of each other, by their names.

    Args:
        class_names: names of the classes, in any order.

    Returns:
        (dictionary from a name to its mirror image, each pair once in the
        order of the names; list of the directional names without one).
    """
    words = {name: _words(name) for name in class_names}
    names = {key: name for name, key in words.items()}
    pairs, alone = {}, []
    for name in directional(class_names):
        partner = names.get(tuple(_MIRRORED.get(w, w) for w in words[name]))
        # Two spellings of one class: which one is meant cannot be known.
        if partner is None or names[words[name]] != name:
            alone.append(name)
        elif partner not in pairs:
            pairs[name] = partner
    return pairs, alone


def directional(class_names):
    """The class names that a flip from left to right may make wrong.

    Those with a word such as left, right or clockwise; words are split at
    punctuation, digits and capitals.
    """
    return [name for name in class_names if set(_words(name)) & set(_MIRRORED)]


def swapped_labels(class_names, swaps):
    """The labels that change in a flip, with what they change to.

    Args:
        class_names: names of the classes, in the order of their labels.
        swaps: dictionary from a class name to the name that its mirror image
            has. One direction is enough.

    Returns:
        Dictionary of integers.

    Raises:
        ValueError: a name is unknown, or has two partners.
    """
    labels = {}
    for pair in swaps.items():
        for name, partner in (pair, pair[::-1]):
            if not {name, partner} <= set(class_names):
                _bad_swaps(class_names, swaps, "names an unknown class")
            old, new = class_names.index(name), class_names.index(partner)
            if labels.setdefault(old, new) != new:
                _bad_swaps(class_names, swaps, f"gives {name!r} two partners")
    return labels


def _bad_swaps(class_names, swaps, problem):
    raise ValueError(
        "`horizontal_flip` should map class names to class names, in pairs, "
        f"and {problem}. Expected names: {list(class_names)}. "
        f"Received: horizontal_flip={swaps}"
    )


def _words(name):
    """Words and numbers in lower case, with one spelling for each turn."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    plain = " ".join(re.findall(r"[a-z]+|\d+", spaced))
    plain = _TURNS_BACK.sub("anticlockwise", plain)
    return tuple(_NO_SIDE.sub("", plain).split())


def _some(names):
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
