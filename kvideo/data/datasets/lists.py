"""A CSV or text file of your own: a video and its label on each line."""

import os

from kvideo.data.datasets import collect, groups
from kvideo.data.datasets.table import Table
from kvideo.data.frame_files import FrameFiles
from kvideo.data.texts import seconds

LABEL_NAMES = (
    *("label", "class", "class_name", "classname", "category", "tag"),
    *("label_name", "labels", "action", "activity", "class_label", "target"),
)
START_NAMES = ("start", "start_time", "time_start", "start_sec", "begin")
END_NAMES = ("end", "end_time", "time_end", "end_sec", "stop", "stop_time")


def video_list(
    file,
    root=None,
    separator=None,
    header=None,
    path=None,
    label=None,
    start=None,
    end=None,
    where=None,
    group=None,
    held_out=0.2,
    subset=None,
    class_names=None,
    frames=None,
    first=None,
    fps=None,
    on_missing="skip",
):
    """Lists the videos of a CSV or text file.

    ```
    clip,label,source          videos/one.mp4 0
    fight/fi001.mp4,fight,a    videos/two words.mp4 3
    ```

    Args:
        file: the list, in UTF-8 or UTF-16 (or Windows-1252, with a warning).
        root: folder that relative paths start from; `None`: that of the list.
        separator: `","`, `";"`, `"tab"`, `"space"` or another letter;
            `None`: the first of `,`, `;`, tab and `|` that parts all lines
            alike, else a space, where the label is what follows the last one.
        header: whether the first line names the table. `None` says yes if
            one of its cells is a usual name for the path (`path`, `video`,
            `clip`, `file`, `filename`, `video_name`, ...), or if it holds no
            file where the next line does.
        path: column of the paths, by name or by number from 0; `None`: a
            usual name, or the first column that holds files.
        label: column of the labels; `None`: a usual name (`label`, `class`,
            `category`, `tag`, `action`, ...), or the other one of two
            columns. `"verb,noun"` gives two labels. `"none"`: no labels.
        start, end: columns with the times at which a segment starts and
            ends: seconds, or `00:01:02.5`. `None`: usual names (`start`,
            `end`, `time_start`, ...), where there are both. Empty cells: all
            of the video.
        where: `"column=value"`, such as `"split=train"`: other lines are left
            out.
        group: column of what must not be in two subsets, such as the source
            video; see `groups.held_out_groups`.
        held_out: share of each class that `group` holds out, in (0, 1).
        subset: with `group`: `"train"`, `"test"` (what is held out), or
            `None` for all.
        class_names: names in the order of the labels, or a file with one on
            each line. `None`: the names in use, sorted; where all are whole
            numbers, 0 to the largest.
        frames: template of the images, where paths are folders of them, such
            as `"img_{:05d}.jpg"`.
        first: number of the first image; `None`: the lowest in each folder.
        fps: frames a second of the images.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing` in the order of the file.

    Raises:
        FileNotFoundError: no such list, or missing videos.
        ValueError: a column that is not there or cannot be told, a label that
            is no class name, a time that is none: with the line.
    """
    file = collect.find("list of videos", file)
    root = os.path.dirname(file) if root is None else root
    table = Table.read(file, separator, header)
    rows = _selected(table, where)
    column = table.path_column() if path is None else table.column(path)
    places = [row[column] for row in rows]
    labels = _labels(table, rows, label, column)
    if group is not None:
        rows, places, labels = _part(
            table, rows, places, labels, group, float(held_out), subset
        )
    elif subset is not None:
        raise ValueError(
            "`subset` goes with `group`; to choose lines by a column, pass "
            f"where='column=value'. Received: subset={subset!r}"
        )
    segments = _segments(table, rows, start, end)
    first = None if first is None else int(first)
    files = frames and FrameFiles(frames, first, fps and float(fps))
    return collect.make_listing(
        [
            (os.path.join(root, place), name, segment)
            for place, name, segment in zip(
                places, labels, segments, strict=True
            )
        ],
        _class_names(class_names, labels),
        on_missing,
        files,
    )


def _selected(table, where):
    if where is None:
        return table.rows
    name, equals, value = where.partition("=")
    if not equals:
        raise ValueError(
            f"`where` should be 'column=value'. Received: where={where!r}"
        )
    column = table.column(name)
    kept = [row for row in table.rows if row[column] == value]
    if not kept:
        values = sorted({row[column] for row in table.rows})
        raise ValueError(
            f"No line of '{table.file}' has {name}={value!r}. "
            f"Its values are: {values[:10]}"
        )
    return kept


def _labels(table, rows, label, path):
    """The name of the label of each row; None, or a dictionary of them."""
    if label == "none":
        return [None] * len(rows)
    if label is not None and "," in str(label):
        own = {name: table.column(name) for name in label.split(",")}
        return [
            {k: _label(table, row, i) for k, i in own.items()} for row in rows
        ]
    if label is None and table.width == 1:
        return [None] * len(rows)
    column = table.column(label, LABEL_NAMES, _other(table, path))
    if column is None:
        raise ValueError(
            f"Which column of '{table.file}' holds the labels? It has: "
            f"{table.names}. Give its name, `label=NAME`, or `label=none` for "
            "clips without labels."
        )
    return [_label(table, row, column) for row in rows]


def _other(table, path):
    """The column of labels where no name tells it; `None` where several may."""
    if table.width == 2:
        return 1 - path
    return None if table.names else 1


def _label(table, row, column):
    if not row[column]:
        raise ValueError(
            f"{table.where(row)} has no label: {row}. Write one, or take the "
            "line out."
        )
    return row[column]


def _part(table, rows, places, labels, group, held_out, subset):
    collect.check_choice("subset", subset, ("train", "test", None))
    column = table.column(group)
    members = [row[column] for row in rows]
    test = groups.held_out_groups(members, labels, held_out)
    kept = [
        number
        for number, member in enumerate(members)
        if subset is None or (member in test) == (subset == "test")
    ]
    return ([values[i] for i in kept] for values in (rows, places, labels))


def _segments(table, rows, start, end):
    first = table.column(start, START_NAMES)
    last = table.column(end, END_NAMES)
    if first is None or last is None:
        return [None] * len(rows)
    return [_segment(table, row, row[first], row[last]) for row in rows]


def _segment(table, row, start, end):
    if not start and not end:
        return None
    try:
        segment = seconds(start), seconds(end)
    except ValueError:
        segment = 0.0, 0.0
    if not 0 <= segment[0] < segment[1]:
        raise ValueError(
            f"{table.where(row)} should have a start and a later end, in "
            f"seconds or as 00:01:02.5. Received: start={start!r}, end={end!r}"
        )
    return segment


def _class_names(class_names, labels):
    plain = [label for label in labels if isinstance(label, str)]
    if class_names is None and plain and all(x.isdigit() for x in plain):
        return [str(number) for number in range(max(map(int, plain)) + 1)]
    return class_names
