"""The sections of an evaluation: on the terminal and in the report.

All take `Evaluation`s: `views` has a row for each view of a video, `videos`
is what `by_protocol` makes of it.
"""

import dataclasses

import numpy as np

from kvideo.evaluation.interval import wilson_interval
from kvideo.evaluation.report import Section, Table, percent
from kvideo.evaluation.views import accuracy_by_views

# Numbers of views that are worth a row.
MILESTONES = (1, 2, 3, 5, 10, 15, 20, 30, 60)
FIGURES = (
    *("Counted", "Number", "Top-1", "95 % interval", "Top-5"),
    *("Mean class", "Calibration error"),
)


def figures_section(views, videos, macs=None):
    """How good is it, and what does a prediction cost?

    Args:
        views, videos: See above.
        macs: Multiply-accumulates of one view, or None.
    """
    protocol, rows = views.protocol, [figures_row("videos", videos)]
    number = protocol["clips"] * protocol["crops"] if protocol else 1
    if number > 1:
        # Views of one video are alike, so they have no interval.
        row = list(figures_row("views", views))
        row[FIGURES.index("95 % interval")] = "-"
        alone = protocol["average"] == "none"
        rows = [tuple(row)] if alone else [*rows, tuple(row)]
    classes = len(videos.class_names)
    parts = [
        f"{classes} classes, so guessing gives {percent(1 / classes)}.",
        "The 95 % interval is that of top-1 (Wilson); the calibration error "
        "is the expected one over 15 bins.",
    ]
    if protocol:
        parts.append(protocol_text(protocol))
    if macs:
        parts.append(cost_text(macs, number))
    text = " ".join(parts)
    return Section("Accuracy", text, (Table(FIGURES, tuple(rows)),))


def figures_row(title, evaluation):
    """The cells of `FIGURES` for an `Evaluation`."""
    return (
        title,
        len(evaluation.labels),
        percent(evaluation.top1),
        interval_text(evaluation.top1_interval),
        percent(evaluation.top5),
        percent(evaluation.mean_class_accuracy),
        percent(evaluation.calibration_error),
    )


def protocol_text(protocol):
    """A protocol's dictionary in a sentence."""
    views = f"{protocol['clips']}x{protocol['crops']} views"
    how = {
        "softmax": "the mean of their probabilities counts",
        "logits": "the softmax of their mean logits counts",
        "none": "each counts by itself",
    }[protocol["average"]]
    return f"Protocol {protocol['name']}: {views} of each video; {how}."


def cost_text(macs, views):
    """What a video costs, in a sentence."""
    return (
        f"Cost: {views} x {macs / 1e9:.3g} G multiply-accumulates "
        f"= {views * macs / 1e9:.3g} G a video."
    )


def interval_text(interval):
    """`(0.25, 0.5)` as "25.0 - 50.0 %"."""
    low, high = interval
    return f"{100 * low:.1f} - {100 * high:.1f} %"


def views_section(views):
    """Is it worth looking more often?"""
    protocol = views.protocol
    number = protocol["clips"] * protocol["crops"]
    found = accuracy_by_views(views, number, protocol["average"])
    chosen = [n for n in (*MILESTONES, number) if n <= number]
    rows = [(n, percent(found[n - 1])) for n in sorted(set(chosen))]
    text = (
        "Top-1 with the first views alone. All crops of a clip come before "
        "the next clip."
    )
    return Section(
        "Accuracy against views",
        text,
        (Table(("Views", "Top-1"), tuple(rows)),),
    )


def class_section(videos, most=None):
    """Which classes are hard?

    Args:
        videos: See above.
        most: How many of them at most, those with the lowest accuracy; None:
            all, in their order.
    """
    rows = class_rows(videos)
    text = "With the 95 % interval (Wilson) of each."
    if most is not None and len(rows) > most:
        text = f"The {most} of {len(rows)} with the lowest accuracy."
        rows = sorted(rows, key=lambda row: row.right / row.clips)[:most]
    columns = (
        *("Class", "Clips", "Right", "Accuracy", "95 % interval"),
        "Most often taken for",
    )
    cells = tuple(
        (
            row.name,
            row.clips,
            row.right,
            percent(row.right / row.clips),
            interval_text(wilson_interval(row.right, row.clips)),
            row.mistake,
        )
        for row in rows
    )
    return Section("Classes", text, (Table(columns, cells),))


@dataclasses.dataclass(frozen=True)
class ClassRow:
    """One class: its clips, those right, and where most others went."""

    name: str
    clips: int
    right: int
    mistake: str


def class_rows(videos):
    """A `ClassRow` for each class that has clips, in their order."""
    rows = []
    for index, counts in enumerate(videos.confusion):
        if counts.sum():
            others = counts.copy()
            others[index] = 0
            most = others.argmax()
            mistake = videos.class_names[most] if others[most] else "-"
            name = videos.class_names[index]
            right = int(counts[index])
            rows.append(ClassRow(name, int(counts.sum()), right, mistake))
    return rows


def hardest_rows(videos, number=10):
    """The hardest clips: (file, class, p of it, taken for, p of that)."""
    rows = []
    for i in videos.hardest(number):
        own, taken = videos.labels[i], videos.predictions[i]
        rows.append(
            (
                videos.paths[i] if videos.paths else f"clip {i}",
                videos.class_names[own],
                f"{videos.scores[i, own]:.4f}",
                videos.class_names[taken],
                f"{videos.scores[i, taken]:.4f}",
            )
        )
    return tuple(rows)


def hardest_section(videos, number=10):
    """Which clips does it give the least to their class?"""
    columns = ("Clip", "Class", "Score", "Taken for", "Score of that")
    table = Table(columns, hardest_rows(videos, number))
    return Section("Hardest clips", tables=(table,))


def temporal_section(rows):
    """Does it use time?

    Args:
        rows: Pairs (what its clips were like, `Evaluation` of videos); the
            first is the normal one.
    """
    normal = rows[0][1]
    cells = [
        (
            title,
            percent(videos.top1),
            interval_text(videos.top1_interval),
            f"{100 * (videos.top1 - normal.top1):+.1f} points",
            percent(np.mean(videos.predictions == normal.predictions)),
        )
        for title, videos in rows
    ]
    text = (
        "The same videos with time changed. A network that reads single "
        "frames keeps its accuracy and its answers throughout. At half the "
        "frame rate, every second frame is gone, so that actions look twice "
        "as fast; at twice the rate each frame comes twice, or the stride of "
        "the clips is halved, where it is even. Networks that take one frame "
        "from each part of a video hardly notice."
    )
    columns = ("Clips", "Top-1", "95 % interval", "Change", "Same answer")
    table = Table(columns, tuple(cells))
    return Section("Does it use time?", text, (table,))
