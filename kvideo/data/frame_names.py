"""Which images of a folder are the frames of its video."""

import dataclasses
import os
import string


@dataclasses.dataclass(frozen=True)
class FrameNames:
    """The names of images, with their numbers.

    Attributes:
        template: a name with a place for the number, such as `"{:05d}.jpg"`.
        first: the lowest number that counts; `None`: the lowest that is there.

    Raises:
        ValueError: `template` gives one name for all numbers.
    """

    template: str
    first: int | None = None

    def __post_init__(self):
        try:
            names = {self.template.format(number) for number in range(2)}
        except (IndexError, KeyError, ValueError):
            names = set()
        if len(names) < 2:
            raise ValueError(
                "`template` should name an image by its number, such as "
                f"'{{:05d}}.jpg'. Received: template={self.template!r}"
            )

    @property
    def example(self):
        """The name of the first image."""
        return self.template.format(1 if self.first is None else self.first)

    def numbers(self, names):
        """The numbers of the images among some names, sorted.

        With `first`, those below do not count, and without that one none does.
        """
        before, after = self._ends()
        found = sorted(
            number
            for name in names
            if name.startswith(before) and name.endswith(after)
            for number in [_number(name[len(before) : len(name) - len(after)])]
            if number is not None and self.template.format(number) == name
        )
        if self.first is None:
            return found
        kept = [number for number in found if number >= self.first]
        return kept if kept[:1] == [self.first] else []

    def _ends(self):
        """What stands before and behind the number."""
        before, after, seen = "", "", False
        for text, field, _, _ in string.Formatter().parse(self.template):
            after, before = after + text * seen, before + text * (not seen)
            seen = seen or field is not None
        return before, after


def gaps(numbers):
    """In words, which numbers between the first and the last are not there."""
    missing = sorted(set(range(numbers[0], numbers[-1])) - set(numbers))
    if not missing:
        return ""
    some = ", ".join(map(str, missing[:3])) + ", ..." * (len(missing) > 3)
    return f"{len(missing)} images are missing (number {some})"


def what_is_there(names):
    """In words, the first of some names that looks like an image's, or none."""
    suffixes = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
    images = sorted(n for n in names if n.lower().endswith(suffixes))
    if not images:
        return "it holds no image"
    return (
        f"it holds images with other names, such as '{images[0]}': give their "
        "`template`, and `first` where they do not begin at the lowest number"
    )


def names_in(folder):
    """The names in a folder; none where it is no folder."""
    return os.listdir(folder) if os.path.isdir(folder) else []


def _number(text):
    return int(text) if text.isascii() and text.isdigit() else None
