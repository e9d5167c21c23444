"""Printed figures, and what they and ours say of each other.

The data is docs/paper_figures.yaml, which explains its columns; counts.py
counts ours. No verdict is typed: it follows from the two numbers.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "paper_figures.yaml"
QUANTITIES = ("params", "flops")
UNITS = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
# A figure that is further off, in per cent, is not reproduced.
LIMIT = 10

EXACT, CUT, OFF = "exact", "exact (cut off)", "not reproducible"
MISSING, QUOTED = "missing", "quoted, not ours"

PRINTED = re.compile(
    r"(?P<number>[\d./]+) (?P<unit>k|K|M|G|C\^2|%)"
    r"(?: (?P<sign>[x/]) (?P<views>\d+))?"
)


@dataclass(frozen=True)
class Printed:
    """A figure of a paper.

    Attributes:
        number: Its digits, "24.33", or a fraction, "33/8".
        unit: A key of `UNITS`; "C^2", weights by the square of the input
            channels; or "%", of another network.
        sign: "x": for each of the views. "/": for all views together.
        views: Clips and crops of one video.
    """

    number: str
    unit: str
    sign: str | None = None
    views: int = 1

    @classmethod
    def parse(cls, text):
        """Of "24.33 M", "70 G x 30", "1210 G / 10", "33/8 C^2", "70 %"."""
        match = PRINTED.fullmatch(text)
        if match is None:
            raise ValueError(f"Not a figure: {text!r}. See Printed.parse.")
        views = int(match["views"] or 1)
        return cls(match["number"], match["unit"], match["sign"], views)

    @property
    def value(self):
        above, _, below = self.number.partition("/")
        return Decimal(above) / Decimal(below or 1)

    @property
    def digits(self):
        """The smallest step that the printed number shows."""
        return Decimal(1).scaleb(self.value.as_tuple().exponent)


def load():
    """The papers of the data file, each row with its table's defaults."""
    papers = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    for paper in papers:
        for table in paper["tables"]:
            defaults = table.get("defaults", {})
            table["rows"] = [defaults | row for row in table["rows"]]
    return papers


def verdict(printed, ours, why=None):
    """What two numbers say of each other.

    Args:
        printed: A `Printed`.
        ours: Our value in its unit, a `Decimal`.
        why: The reason, should they be far apart.

    Raises:
        ValueError: If they are far apart and nobody says why.
    """
    for text, rounding in ((EXACT, ROUND_HALF_UP), (CUT, ROUND_DOWN)):
        if ours.quantize(printed.digits, rounding) == printed.value:
            return text
    distance = abs(difference(printed, ours))
    if distance > LIMIT:
        if not why:
            raise ValueError(f"{printed}, ours {ours}: the row needs `why`.")
        return f"{OFF}: {why}"
    step = Decimal("0.1") if distance < 1 else Decimal(1)
    return f"within {distance.quantize(step, ROUND_CEILING)} %"


def difference(printed, ours):
    """Ours over the printed value, in per cent."""
    return (ours / printed.value - 1) * 100


def said(row, key, quantity):
    """`note` or `why` of a row, as far as it is about this quantity."""
    text = row.get(key, "")
    return text.get(quantity, "") if isinstance(text, dict) else text
