"""A CSV or text file as rows of cells, with columns that can be found."""

import csv
import dataclasses

from kvideo.data.datasets import collect

PATH_NAMES = ("path", "video", "clip", "file", "filename", "video_path")
_SEPARATORS = {"tab": "\t", "space": " "}


@dataclasses.dataclass(frozen=True)
class Table:
    """A list of videos.

    Attributes:
        file: its path.
        names: of the columns, or `None` without a header.
        rows: lists of strings, all of one length.
    """

    file: str
    names: list | None
    rows: list

    @classmethod
    def read(cls, file, separator=None, header=None):
        """Reads a file; the arguments are those of `video_list`.

        Raises:
            ValueError: it is empty, or its lines differ in length.
        """
        lines = collect.read_lines(file)
        if not lines:
            raise ValueError(f"The list '{file}' is empty.")
        mark = _SEPARATORS.get(separator, separator)
        if mark is None:
            mark = next((m for m in ",;\t" if m in lines[0]), " ")
        rows = _cells(lines, mark)
        if header is None:
            header = any(cell.lower() in PATH_NAMES for cell in rows[0])
        for number, row in enumerate(rows, start=1):
            if len(row) != len(rows[0]):
                raise ValueError(
                    f"Line {number} of '{file}' has {len(row)} columns, where "
                    f"the first has {len(rows[0])}: {row}"
                )
        return cls(file, rows[0], rows[1:]) if header else cls(file, None, rows)

    @property
    def width(self):
        return len(self.names or self.rows[0])

    def column(self, wanted, usual=(), otherwise=None):
        """The number of a column.

        Args:
            wanted: its name or number; `None`: the first of the `usual`
                names that is there, else `otherwise`.

        Raises:
            ValueError: there is no such column.
        """
        if wanted is None:
            lower = [name.lower() for name in self.names or ()]
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


def _cells(lines, mark):
    if mark == " ":
        # Paths may have spaces, labels not: the last one separates.
        return [line.rsplit(maxsplit=1) for line in lines]
    rows = csv.reader(lines, delimiter=mark)
    return [[cell.strip() for cell in row] for row in rows]
