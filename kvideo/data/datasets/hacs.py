"""HACS Clips: two-second parts of YouTube videos, 200 actions.

Zhao et al., HACS: Human Action Clips and Segments Dataset for Recognition and
Temporal Localization, ICCV 2019, https://github.com/hangzhaomit/HACS-dataset.
`HACS_clips_v1.1.1.csv` has the columns `classname`, `youtube_id`, `subset`,
`start`, `end` (seconds) and `label` (1, or -1 where the action is not to be
seen). Its download script writes `Class_name/v_ID.mp4`.
"""

import os

from kvideo.data.datasets import collect
from kvideo.data.texts import seconds

_SUBSETS = {
    "train": "training",
    "validation": "validation",
    "test": "testing",
}


def hacs_clips(annotations, videos, subset="train", on_missing="skip"):
    """Lists the positive clips of HACS, each a segment of a video.

    Negative clips are left out: they show the class's surroundings, not the
    action, and belong to no class.

    Args:
        annotations: the CSV file.
        videos: folder of the class folders.
        subset: `"train"`, `"validation"` or `"test"`.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing` with segments; the classes are in alphanumeric order.

    Raises:
        FileNotFoundError: no such list, or missing videos.
        ValueError: no such subset.
    """
    collect.check_choice("subset", subset, tuple(_SUBSETS))
    needed = ("classname", "youtube_id", "subset", "start", "end", "label")
    rows = collect.read_table(annotations, *needed)
    items = [
        (
            os.path.join(
                videos,
                row["classname"].replace(" ", "_"),
                f"v_{row['youtube_id']}.mp4",
            ),
            row["classname"],
            (seconds(row["start"]), seconds(row["end"])),
        )
        for row in rows
        if row["subset"] == _SUBSETS[subset] and row["label"] == "1"
    ]
    classes = sorted({row["classname"] for row in rows})
    return collect.make_listing(items, classes, on_missing)
