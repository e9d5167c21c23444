"""Writes docs/paper-figures.md: the papers' sizes and costs beside ours.

    python docs/build_figures.py           # rewrite the page
    python docs/build_figures.py --check   # fail if it is out of date

Data: docs/paper_figures.yaml. counts.py counts, figures.py compares.
"""

import sys
from decimal import ROUND_HALF_UP
from pathlib import Path

import counts
import figures
from figures import CUT, EXACT, LIMIT, MISSING, OFF, QUOTED, Printed

PAGE = Path(__file__).parent / "paper-figures.md"
NEAR, NEARER = f"within {LIMIT} %", "within 1 %"
KINDS = (EXACT, CUT, NEARER, NEAR, OFF, MISSING, QUOTED)
HEAD = ("row", "printed", "ours", "difference", "verdict", "counted from")
QUANTITIES = {"params": "parameters", "flops": "FLOPs"}

INTRO = """\
# Published sizes and costs

Every number of parameters and every number of floating point operations that
the tables of the papers print, ours beside it, and how ours is counted. This
page is written by `python docs/build_figures.py` from
`docs/paper_figures.yaml`, which builds and counts each network; change the
data, not the page.

"FLOPs" in all these papers means multiply-accumulates for one clip.
`kvideo.count(model, mode="macs")` counts those of convolutions, dense layers
and matrix products. `mode="hooks"` counts what the tool behind many of the
published figures sees: it hooks into layers, so that it adds normalisation and
biases, and misses the matrix products of attention.

- *exact*: equal to all printed digits; *cut off*: the paper drops the digits
  that it does not print, instead of rounding.
- *within x %*: our number lies that close.
- *not reproducible*: more than {limit} % away, and why.
- *missing*: kvideo does not have the network yet.
- *quoted*: the paper quotes it from elsewhere, and the network is not ours.

"""


def main(check):
    """Writes the page, or with `check` returns whether it is up to date."""
    text = page(figures.load())
    if check:
        return PAGE.read_text(encoding="utf-8") == text
    PAGE.write_text(text, encoding="utf-8")
    return True


def page(papers):
    """The whole page, as Markdown."""
    sections = [section(paper) for paper in papers]
    return (
        INTRO.format(limit=LIMIT)
        + summary(papers, sections)
        + "".join(text for text, _ in sections)
    )


def summary(papers, sections):
    """How many figures of each paper got which verdict."""
    rows = [
        (paper["name"], *map(list(map(kind, verdicts)).count, KINDS))
        for paper, (_, verdicts) in zip(papers, sections, strict=True)
    ]
    totals = [sum(row[i + 1] for row in rows) for i in range(len(KINDS))]
    return table_text(("paper", *KINDS), [*rows, ("all", *totals)])


def kind(verdict):
    """The column of the summary that a verdict belongs in."""
    text = verdict.partition(":")[0]
    if not text.startswith("within"):
        return text
    return NEARER if float(text.split()[1]) <= 1 else NEAR


def section(paper):
    """Text of a paper's section, and its verdicts."""
    text = f"\n## {paper['name']}\n\n{paper['paper']}. {paper['intro']}\n"
    verdicts = []
    for table in paper["tables"]:
        lines = [
            line(row, quantity)
            for row in table["rows"]
            for quantity in QUANTITIES
            if quantity in row
        ]
        verdicts += [cells[4] for cells in lines]
        text += f"\n### Table {table['table']}: {table['caption']}\n\n"
        text += table_text(HEAD, lines)
    return text, verdicts


def line(row, quantity):
    """The cells of one figure."""
    printed = Printed.parse(row[quantity])
    ours = counts.our_value(row, quantity)
    start = (row["row"], printed_text(printed))
    if ours is None:
        verdict = counts.verdict_without(row, quantity)
        return *start, "", "", verdict, figures.said(row, "note", quantity)
    return (
        *start,
        f"{ours.quantize(printed.digits / 100, ROUND_HALF_UP)} {printed.unit}",
        f"{figures.difference(printed, ours):+.2f} %",
        figures.verdict(printed, ours, figures.said(row, "why", quantity)),
        reading(row, quantity),
    )


def printed_text(printed):
    """The figure as its row prints it, with what it is for."""
    text = f"{printed.number} {printed.unit}"
    if printed.sign is None:
        return text
    return (
        f"{text} {'x' if printed.sign == 'x' else 'for'} {printed.views} views"
    )


def reading(row, quantity):
    """What our figure is counted from."""
    parts = [f"`{call}`" for call in dict.fromkeys(counts.calls(row))]
    if "classes" in row:
        parts.append(f"{row['classes']} classes")
    if quantity == "params":
        parts += [f"`{p}` x {n}" for p, n in row.get("factors", {}).items()]
    else:
        clips = row["clip"]
        parts.append(" and ".join(clips) if isinstance(clips, list) else clips)
        parts.append(row.get("count", "macs"))
    parts.append(figures.said(row, "note", quantity))
    return ", ".join(filter(None, parts))


def table_text(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in lines)


if __name__ == "__main__":
    if not main(check="--check" in sys.argv[1:]):
        sys.exit(f"{PAGE} is out of date. Run: python docs/build_figures.py")
