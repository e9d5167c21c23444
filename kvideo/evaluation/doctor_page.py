"""The findings of `kvideo doctor` as a `Report`, with pictures of suspects."""

import base64
import dataclasses
import io
import os

import numpy as np

from kvideo.evaluation.report import Report, Section, Table

# Pictures on a page, and of a group: with 12 KB each a page stays below 1 MB.
PICTURES, OF_A_GROUP = 48, 4
# Rows of a table on the page.
ROWS = 100


@dataclasses.dataclass(frozen=True)
class Thumbnail:
    """Frames of a video side by side, as a small JPEG.

    Args:
        image: uint8 (H, W, 3).
        caption: What it shows.
    """

    image: np.ndarray
    caption: str
    wide: bool = False

    @property
    def uri(self):
        """The picture inside a `data:` address."""
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(self.image).save(buffer, "jpeg", quality=70)
        encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
        return f"data:image/jpeg;base64,{encoded}"

    @property
    def width(self):
        """How many CSS pixels wide the picture is meant to be seen."""
        return self.image.shape[1]


def suspects(findings):
    """The paths to show, of problems first, at most `PICTURES`."""
    paths = [
        path for finding in findings for path in finding.paths[:OF_A_GROUP]
    ]
    return list(dict.fromkeys(paths))[:PICTURES]


def doctor_report(found, pictures, command=""):
    """The page about a collection.

    Args:
        found: A `kvideo.data.doctor.Diagnosis`.
        pictures: Dictionary from paths to uint8 (H, W, 3), or None where
            nothing can be read.
        command: What was run.

    Returns:
        A `Report`.
    """
    problems = sum(finding.problem for finding in found.findings)
    headlines = [
        (found.files, "files"),
        (problems, "problems"),
        (len(found.findings) - problems, "notes"),
        (f"{found.hours:.2f}", "hours of video"),
    ]
    if found.clips_per_second:
        rate = f"{found.clips_per_second:.0f}"
        headlines.append((rate, f"clips/s decoded on {found.cores} cores"))
    by_kind = {kind: [] for kind in found.counts()}
    for finding in found.findings:
        by_kind[finding.kind].append(finding)
    shown = set()
    sections = [
        _section(kind, findings, pictures, shown)
        for kind, findings in by_kind.items()
    ]
    return Report(
        title="A look at the videos",
        subtitle="Something is wrong." if problems else "Nothing is wrong.",
        command=command,
        headlines=tuple(headlines),
        sections=(*sections, *_collection(found)),
    )


def _section(kind, findings, pictures, shown):
    rows, strips = [], []
    for finding in findings[:ROWS]:
        names = ", ".join(finding.paths[:OF_A_GROUP])
        more = len(finding.paths) - OF_A_GROUP
        names += f" and {more} more" if more > 0 else ""
        rows.append((names or "-", finding.detail))
        for path in finding.paths[:OF_A_GROUP]:
            # A file is shown once, where the worst is said of it.
            if pictures.get(path) is not None and path not in shown:
                shown.add(path)
                strips.append(Thumbnail(pictures[path], _short(path)))
    word = "problem" if findings[0].problem else "note"
    number = len(findings)
    meaning = f"{findings[0].meaning[0].upper()}{findings[0].meaning[1:]}."
    cut = f" The first {ROWS} are listed." if number > ROWS else ""
    return Section(
        title=f"{kind.capitalize()}: {number} {word}{'s' * (number > 1)}",
        text=meaning + cut,
        tables=(Table(("File", "Finding"), tuple(rows)),),
        pictures=tuple(strips),
    )


def _short(path):
    """The last two parts of a path."""
    return os.sep.join(path.replace("\\", "/").split("/")[-2:])


def _collection(found):
    yield Section("The collection", text=" ".join(found.facts()))
    if found.classes:
        names = list(next(iter(found.classes.values())))
        rows = [
            (name, *(row[name] for row in found.classes.values()))
            for name in names[:ROWS]
        ]
        yield Section(
            "Classes",
            text=f"The first {ROWS}." if len(names) > ROWS else "",
            tables=(Table(("Class", *found.classes), tuple(rows)),),
        )
