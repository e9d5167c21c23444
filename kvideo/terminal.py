"""Terminals on which text is text: no name from outside is markup.

Rich takes `[red]` in a text for a colour and `:smile:` for a picture, breaks
long lines of a pipe at 80 columns, and lets control characters through. Class
names, paths and messages of others may hold all of it.
"""

import re

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# Control characters but tab and line feed; those that change the direction of
# writing; bytes of a file name that are no UTF-8.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class PlainConsole(Console):
    """A `rich.console.Console` that prints text as it is.

    Lines of text alone are not broken, so that a path can be copied.

    Args:
        **options: Of `Console`.
    """

    def __init__(self, **options):
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def print(self, *objects, soft_wrap=None, **options):
        if soft_wrap is None:
            soft_wrap = all(isinstance(item, str) for item in objects)
        super().print(*objects, soft_wrap=soft_wrap, **options)

    def render_str(self, text, **options):
        return super().render_str(visible(text), **options)


def visible(text):
    """The text with `\\x1b` and the like in place of hidden characters."""
    return _HIDDEN.sub(
        lambda found: found[0].encode("unicode_escape").decode(), str(text)
    )


def plain(text):
    """A `rich.text.Text` that any console prints as it is."""
    return Text(visible(text))


def progress(console, transient=False):
    """A `rich.progress.Progress`; descriptions are plain text."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        transient=transient,
    )


def track(items, description, console, total=None, transient=False):
    """Yields the items, and shows how many are done.

    Args:
        items: Iterable.
        description: Text before the bar.
        console: A `PlainConsole`.
        total: How many items there are; default: `len(items)`.
        transient: Whether the bar goes when all are done.
    """
    with progress(console, transient) as bar:
        yield from bar.track(items, total, description=visible(description))
