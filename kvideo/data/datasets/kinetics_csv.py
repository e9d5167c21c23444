"""Kinetics-400, 600 and 700: ten-second clips of YouTube videos.

Kay et al., The Kinetics Human Action Video Dataset, arXiv 1705.06950; Carreira
et al., arXiv 1808.01340 (600) and 1907.06987 (700). Clips and CSV files:
https://github.com/cvdfoundation/kinetics-dataset. The columns are `label`,
`youtube_id`, `time_start`, `time_end` (seconds) and `split`; older test files
have no `label`. Clips are called `id_000010_000020.mp4` there and by the
ActivityNet crawler, in a folder for each class or in one folder.
"""

import os

from kvideo.data.datasets import collect
from kvideo.data.texts import seconds

SUFFIXES = (".mp4", ".mkv", ".webm", ".avi")


def kinetics(
    annotations,
    videos,
    class_names=None,
    trimmed=False,
    on_missing="skip",
):
    """Lists the clips of a Kinetics CSV file.

    Many clips are no longer on YouTube, so that every copy lacks some: the
    warning says how many.

    Args:
        annotations: the CSV file, such as `train.csv`.
        videos: folder of the clips, with or without class folders (spaces or
            underscores in their names).
        class_names: names in the order of the labels, or a file with one on
            each line; `None`: those of the list, sorted, which is the usual
            order. Give them for a list that lacks classes.
        trimmed: whether a file called `id.mp4` is the clip. By default it is
            the whole YouTube video, of which the seconds from `time_start` to
            `time_end` are taken.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing`; without labels if the file has no `label`.

    Raises:
        FileNotFoundError: no such list, or missing videos.
        ValueError: a label that is no class name.
    """
    here, items = collect.Folders(), []
    needed = ("youtube_id", "time_start", "time_end")
    for row in collect.read_table(annotations, *needed):
        label = row.get("label") or None
        start, end = seconds(row["time_start"]), seconds(row["time_end"])
        name = f"{row['youtube_id']}_{int(start):06d}_{int(end):06d}"
        folders = [videos]
        if label:
            spellings = (label, label.replace(" ", "_"))
            folders = [os.path.join(videos, s) for s in spellings] + folders
        clips, whole = (
            [os.path.join(f, n + s) for f in folders for s in SUFFIXES]
            for n in (name, row["youtube_id"])
        )
        path = here.first(clips + whole)
        part = None if trimmed or path not in whole else (start, end)
        items.append((path, label, part))
    return collect.make_listing(items, class_names, on_missing)
