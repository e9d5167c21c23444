"""A CSV or text file as rows of cells, with columns that can be found."""

import csv
import dataclasses
import io

from kvideo.data.folders import VIDEO_EXTENSIONS
from kvideo.data.texts import read_text

PATH_NAMES = (
    *("path", "video", "clip", "file", "filename", "video_path", "file_path"),
    *("filepath", "file_name", "video_name", "videoname", "clip_name"),
    *("clip_path", "video_file", "video_id", "relative_path", "videos"),
)
_SEPARATORS = {"tab": "\t", "space": " "}


@dataclasses.dataclass(frozen=True)
class Table:
    """A list of videos.

    Attributes:
        file: its path.
        names: of the columns, or `None` without a header.
        rows: lists of strings, all of one length.
        lines: the number of the line of each row, from 1.
    """

    file: str
    names: list | None
    rows: list
    lines: list

    @classmethod
    def read(cls, file, separator=None, header=None):
        """Reads a file; the arguments are those of `video_list`.

        Raises:
            ValueError: it is empty, or its lines differ in length.
        """
        text = read_text(file)
        mark = _SEPARATORS.get(separator, separator) or _mark(text)
        rows, lines = _cells(text, mark)
        if not rows:
            raise ValueError(f"The list '{file}' is empty.")
        for number, row in zip(lines, rows, strict=True):
            if len(row) != len(rows[0]):
                raise ValueError(
                    f"Line {number} of '{file}' has {len(row)} columns, where "
                    f"the first has {len(rows[0])}: {row}"
                )
        if header is None:
            header = _is_header(rows)
        if not header:
            return cls(file, None, rows, lines)
        return cls(file, rows[0], rows[1:], lines[1:])

    @property
    def width(self):
        return len(self.names or self.rows[0])

    def where(self, row):
        """The place of a row, for errors."""
        return f"Line {self.lines[self.rows.index(row)]} of '{self.file}'"

    def column(self, wanted, usual=(), otherwise=None):
        """The number of a column.

        Args:
            wanted: its name or number; `None`: the first of the `usual`
                names that is there, else `otherwise`.

        Raises:
            ValueError: there is no such column.
        """
        if wanted is None:
            lower = [_plain(name) for name in self.names or ()]
            known = [name for name in usual if name in lower]
            return lower.index(known[0]) if known else otherwise
        if self.names and wanted in self.names:
            return self.names.index(wanted)
        if str(wanted).isdigit() and int(wanted) < self.width:
            return int(wanted)
        raise ValueError(
            f"'{self.file}' has no column {wanted!r}. It has: "
            f"{self.names or list(range(self.width))}"
        )

    def path_column(self):
        """The column of the paths: by its name, or by what is in it."""
        found = self.column(None, PATH_NAMES)
        if found is not None:
            return found
        first = self.rows[0] if self.rows else []
        files = [i for i, cell in enumerate(first) if _is_file(cell)]
        return files[0] if files else 0


def _mark(text):
    """What parts the cells: the first that parts all lines alike."""
    for mark in (",", ";", "\t", "|"):
        rows, _ = _cells(text, mark)
        if rows and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            return mark
    first = next((line for line in text.splitlines() if line.strip()), "")
    return next((mark for mark in ",;\t" if mark in first), " ")


def _cells(text, mark):
    """(rows of cells, the number of the line of each)."""
    if mark == " ":
        # Paths may have spaces, labels not: the last one separates.
        lines = enumerate(text.split("\n"), start=1)
        pairs = [(n, line.rsplit(maxsplit=1)) for n, line in lines]
    else:
        reader = csv.reader(io.StringIO(text), delimiter=mark)
        pairs = [(reader.line_num, [c.strip() for c in row]) for row in reader]
    pairs = [(number, row) for number, row in pairs if any(row)]
    return [row for _, row in pairs], [number for number, _ in pairs]


def _is_header(rows):
    """Whether the first row names the columns.

    One of its cells is a usual name for the path; or none is a file, where
    one in the next row is.
    """
    first, *rest = rows
    if any(_plain(cell) in PATH_NAMES for cell in first):
        return True
    return bool(rest) and any(
        _is_file(cell) and not _is_file(name)
        for name, cell in zip(first, rest[0], strict=True)
    )


def _is_file(cell):
    cell = cell.lower().replace("\\", "/")
    return "/" in cell or cell.endswith(VIDEO_EXTENSIONS)


def _plain(name):
    """A name of a column without capitals, spaces or hyphens."""
    return name.lower().strip().replace(" ", "_").replace("-", "_")
