"""A run as one self-contained HTML page.

The page is a list of sections, so that each kind of run says what it has:
text, tables and pictures. Pictures are embedded; nothing is fetched.
"""

import base64
import dataclasses
from pathlib import Path

from kvideo.files import write_atomically
from kvideo.visualize.canvas import import_matplotlib, to_png

TEMPLATES = Path(__file__).parent / "templates"


@dataclasses.dataclass(frozen=True)
class Picture:
    """A matplotlib Figure or a uint8 array (H, W, 3), and what it shows.

    On a narrow screen it shrinks, or can be scrolled sideways if `wide`.
    """

    image: object
    caption: str
    wide: bool = False

    @property
    def uri(self):
        """The picture as a PNG inside a `data:` address."""
        encoded = base64.b64encode(to_png(self.image)).decode("ascii")
        return f"data:image/png;base64,{encoded}"

    @property
    def width(self):
        """How many CSS pixels wide the picture is meant to be seen."""
        if hasattr(self.image, "bbox"):
            return int(self.image.bbox.width)
        return self.image.shape[1]


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of cells, each of them text or a number."""

    columns: tuple
    rows: tuple
    caption: str = ""

    def __post_init__(self):
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(
                f"Every row needs {len(self.columns)} cells, one for each of "
                f"{list(self.columns)}. Received: {list(wrong[0])}"
            )


@dataclasses.dataclass(frozen=True)
class Section:
    """A heading with text, tables and pictures under it."""

    title: str
    text: str = ""
    tables: tuple = ()
    pictures: tuple = ()


@dataclasses.dataclass(frozen=True)
class Report:
    """What `render_report` turns into a page.

    Args:
        title: The page's heading.
        subtitle: One sentence: what was run, on what, when.
        command: The command that makes this page again.
        headlines: Pairs (figure, what it is), shown large.
        sections: Tuple of `Section`.
    """

    title: str
    subtitle: str = ""
    command: str = ""
    headlines: tuple = ()
    sections: tuple = ()


def render_report(report):
    """The page as HTML text.

    Raises:
        ImportError: If jinja2 or matplotlib is not installed.
    """
    jinja2 = check_installed()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(report=report)


def check_installed():
    """Raise an ImportError before the work, where a page cannot be made.

    Returns:
        The package jinja2.
    """
    import_matplotlib()
    try:
        import jinja2
    except ImportError as error:
        raise ImportError(
            "Reports need jinja2. Install it with `pip install kvideo[viz]`."
        ) from error
    return jinja2


def write_report(report, path):
    """Write the page to `path`, whole or not at all; return the path.

    Raises:
        ValueError: If the directory of `path` cannot be written to.
    """
    return write_atomically(
        path, render_report(report).encode("utf-8", "backslashreplace")
    )


def percent(share):
    """`0.975` as "97.5 %"; None as "-"."""
    return "-" if share is None else f"{100 * share:.1f} %"
