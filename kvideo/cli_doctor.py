"""`kvideo doctor`: what is wrong with a collection of videos."""

import contextlib
import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kvideo import console
from kvideo.terminal import track

# Findings of a kind that the terminal names; the page and JSON have more.
NAMED = 5
NOTHING = "Nothing was written; the same command looks at all files anew."


def doctor(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Folder, list or data set; several are splits, training first."
        ),
    ],
    deep: Annotated[
        bool, typer.Option("--deep", help="Decode every frame.")
    ] = False,
    min_seconds: Annotated[
        float, typer.Option(help="Shorter files are findings.")
    ] = 0.5,
    max_seconds: Annotated[
        float, typer.Option(help="Longer files are findings.")
    ] = 300.0,
    bits: Annotated[
        float,
        typer.Option(
            help="Of 64 a frame, by which look-alikes differ at most."
        ),
    ] = 8.0,
    imbalance: Annotated[
        float, typer.Option(help="Largest class by smallest, at most.")
    ] = 10.0,
    workers: Annotated[
        int | None,
        typer.Option(help="Files read at a time; default: one for each core."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds that one file may take.")
    ] = 300.0,
    quarantine: Annotated[
        Path | None,
        typer.Option(help="List to write of the files to leave out."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Page to write, with pictures.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of tables.")
    ] = False,
):
    """Look for broken files, copies and leaks in a collection of videos.

    A folder whose subfolders are called train, val or test is read as splits.
    Exit status: 0 when nothing is wrong, 1 when something is, 2 for errors.

    Example: kvideo doctor data/sports --quarantine data/sports/quarantine.txt
    """
    from kvideo.data import doctor as rooms
    from kvideo.data.quarantine import write_quarantine

    splits = rooms.open_splits(*sources)
    with console.interruptible(NOTHING):
        found = rooms.diagnose(
            splits,
            rooms.Limits(min_seconds, max_seconds, bits, imbalance),
            deep=deep,
            workers=workers,
            timeout=timeout,
            track=lambda files, total: track(
                files, "Files", console.ERRORS, total
            ),
        )
    if quarantine is not None:
        write_quarantine(quarantine, found.quarantine)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2))
    else:
        _print(found, quarantine)
    # Last: without the packages that it needs, the rest is there.
    if html is not None:
        _write_page(html, found, splits, sources, workers)
    if not found.ok:
        raise typer.Exit(1)


def _print(found, quarantine):
    out = console.OUT
    for sentence in found.facts():
        out.print(sentence)
    if found.classes:
        out.print(classes_table(found.classes))
    if found.findings:
        out.print(findings_table(found))
    else:
        out.print("Nothing is wrong.")
    if quarantine is not None:
        out.print(
            f"{len(found.quarantine)} files to leave out: {quarantine}",
        )


def classes_table(classes, rows=20):
    """Table of {split: {class: files}}; of many classes, the ends."""
    table = Table("Class", *classes, title="Files of each class")
    names = list(next(iter(classes.values())))
    sizes = {n: sum(row[n] for row in classes.values()) for n in names}
    names.sort(key=lambda name: -sizes[name])
    hidden = len(names) - rows
    for number, name in enumerate(names):
        if hidden > 0 and rows // 2 <= number < rows // 2 + hidden:
            if number == rows // 2:
                table.add_row(f"... {hidden} more")
            continue
        cells = [str(row[name]) for row in classes.values()]
        table.add_row(name, *cells)
    return table


def findings_table(found):
    """Table of the findings of a `Diagnosis`, by their kind."""
    from kvideo.data.doctor.findings import KINDS

    table = Table("", "Kind", "Findings", title="Findings", show_lines=True)
    table.columns[0].no_wrap = True
    table.columns[2].overflow = "fold"
    for kind, number in found.counts().items():
        wrong = KINDS[kind].problem
        lines = [_line(f) for f in found.findings if f.kind == kind]
        if number > NAMED:
            lines[NAMED:] = [f"and {number - NAMED} more"]
        table.add_row(
            "wrong" if wrong else "note",
            f"{kind} ({number})",
            "\n".join(lines),
            style="red" if wrong else None,
        )
    return table


def _line(finding):
    names = ", ".join(finding.paths[:3])
    if len(finding.paths) > 3:
        names += f" and {len(finding.paths) - 3} more"
    return f"{names}: {finding.detail}" if names else finding.detail


def _write_page(path, found, splits, sources, workers):
    """The HTML page, with pictures of the suspects."""
    with contextlib.redirect_stdout(sys.stderr):
        console.start_backend()
        from kvideo.data import doctor as rooms
        from kvideo.data.doctor.diagnosis import readers
        from kvideo.evaluation.doctor_page import doctor_report, suspects
        from kvideo.evaluation.report import write_report

    paths = suspects(found.findings)
    strips = rooms.thumbnails(paths, readers(splits), workers or 1)
    pictures = dict(zip(paths, strips, strict=True))
    command = shlex.join(["kvideo", "doctor", *sources])
    write_report(doctor_report(found, pictures, command), path)
