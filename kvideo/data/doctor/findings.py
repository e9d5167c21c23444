"""The kinds of findings, and the rules that lead to them."""

import dataclasses
import math

from kvideo.data.doctor.splits import label_names


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of finding.

    Attributes:
        problem: whether it is wrong, or only good to know.
        meaning: in words.
    """

    problem: bool
    meaning: str


KINDS = {
    "empty": Kind(True, "0 bytes"),
    "no picture": Kind(True, "no video track, such as sound alone"),
    "unreadable": Kind(True, "not a video, or decoding ends in an error"),
    "truncated": Kind(True, "shorter than its header or its packets promise"),
    "damaged": Kind(True, "frames inside are missing or have errors"),
    "crash": Kind(True, "the decoder crashed or took too long"),
    "short": Kind(True, "below the shortest wanted duration"),
    "long": Kind(True, "above the longest wanted duration"),
    "copy across splits": Kind(True, "equal files in several splits"),
    "copy with another label": Kind(True, "equal files, different classes"),
    "copy": Kind(True, "equal files in one split and class"),
    "look-alike across splits": Kind(True, "similar frames in several splits"),
    "look-alike with another label": Kind(
        True, "similar frames, different classes"
    ),
    "mirrored across splits": Kind(True, "mirror images in several splits"),
    "no files": Kind(True, "a class without files in a split"),
    "look-alike": Kind(False, "similar frames in one split and class"),
    "mirrored": Kind(False, "mirror images in one split"),
    "unbalanced": Kind(False, "classes of very different size"),
    "rotated": Kind(
        False, "stored turned or mirrored; kvideo shows it upright"
    ),
    "variable rate": Kind(False, "uneven frame times; see target_fps"),
}
# A loader cannot use such a file.
BROKEN = ("empty", "no picture", "unreadable", "truncated", "damaged", "crash")


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something about some files, or about none in particular.

    Attributes:
        kind: one of `KINDS`.
        paths: tuple of the files.
        detail: in words.
    """

    kind: str
    paths: tuple
    detail: str

    @property
    def problem(self):
        """Whether it is wrong, or only good to know."""
        return KINDS[self.kind].problem

    @property
    def meaning(self):
        """What the kind is, in words."""
        return KINDS[self.kind].meaning


@dataclasses.dataclass(frozen=True)
class Limits:
    """From where on something is a finding.

    Attributes:
        min_seconds, max_seconds: the duration of a file.
        bits: the largest distance of files that look alike: bits a frame in
            which their 64-bit hashes differ, from 0.
        imbalance: the largest class by the smallest one, above 1.
    """

    min_seconds: float = 0.5
    max_seconds: float = 300.0
    bits: float = 8.0
    imbalance: float = 10.0

    def __post_init__(self):
        for name, fits, expected in (
            ("min_seconds", self.min_seconds >= 0, "0 or more"),
            ("max_seconds", self.max_seconds > self.min_seconds, "larger"),
            ("bits", 0 <= self.bits <= 64, "between 0 and 64"),
            ("imbalance", self.imbalance > 1, "above 1"),
        ):
            value = getattr(self, name)
            if not fits or math.isnan(value):
                raise ValueError(
                    f"`{name}` should be {expected}. Received: {name}={value}"
                )


def of_file(record, limits):
    """The findings about one file alone."""
    if record.kind is not None:
        return [Finding(record.kind, (record.path,), record.reason)]
    info = record.info
    if info is None:
        return []
    seconds = f"{info.duration:.2f} seconds, {info.num_frames} frames"
    rows = (
        ("short", info.duration < limits.min_seconds, seconds),
        ("long", info.duration > limits.max_seconds, seconds),
        ("rotated", info.rotation or info.mirrored, _turn(info)),
        ("variable rate", info.variable_rate, f"{info.fps:.2f} frames/s"),
    )
    return [
        Finding(k, (record.path,), text) for k, found, text in rows if found
    ]


def _turn(info):
    mirrored = ", mirrored" if info.mirrored else ""
    return f"by {info.rotation} degrees{mirrored}"


def of_copies(copies, kind, places):
    """The finding about one group of files that are the same in some way.

    Args:
        copies: a `Copies`.
        kind: `"copy"`, `"look-alike"` or `"mirrored"`.
        places: see `splits.places`.
    """
    rows = [row for path in copies.paths for row in places[path]]
    splits = dict.fromkeys(split for split, _ in rows)
    labels = dict.fromkeys(str(label) for _, label in rows)
    words = [f"{len(copies.paths)} files"]
    if copies.distance:
        words.append(f"up to {copies.distance:g} bits apart")
    if len(splits) > 1:
        words.append(f"in {', '.join(splits)}")
    if len(labels) > 1:
        words.append(f"labelled {', '.join(labels)}")
    if len(splits) > 1:
        kind += " across splits"
    elif len(labels) > 1 and kind != "mirrored":
        # Mirrored is another class where left and right are: no mistake.
        kind += " with another label"
    return Finding(kind, copies.paths, ", ".join(words))


def class_counts(splits):
    """{split: {name of the class: files}}, with 0 where there are none."""
    counts = {}
    for split, listing in splits.items():
        if isinstance(listing.class_names, list):
            counts[split] = dict.fromkeys(listing.class_names, 0)
        elif listing.labels is not None:
            counts[split] = {}
        else:
            continue
        for name in label_names(listing):
            key = ", ".join(name) if isinstance(name, tuple) else name
            counts[split][key] = counts[split].get(key, 0) + 1
    names = dict.fromkeys(name for row in counts.values() for name in row)
    return {
        split: {name: row.get(name, 0) for name in names}
        for split, row in counts.items()
    }


def of_classes(counts, limits):
    """The findings about the sizes of the classes."""
    found = []
    for split, row in counts.items():
        missing = [name for name, number in row.items() if not number]
        if missing:
            more = ", ..." if len(missing) > 5 else ""
            text = f"{split}: {', '.join(missing[:5])}{more}"
            found.append(Finding("no files", (), text))
        sizes = [number for number in row.values() if number]
        if sizes and max(sizes) > limits.imbalance * min(sizes):
            text = f"{split}: from {min(sizes)} to {max(sizes)} files a class"
            found.append(Finding("unbalanced", (), text))
    return found
