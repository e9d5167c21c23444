"""SVW, Sports Videos in the Wild: 4,200 telephone videos of 30 sports.

Safdarnejad et al., Sports Videos in the Wild (SVW): A Video Dataset for Sports
Analysis, FG 2015, http://cvlab.cse.msu.edu/project-svw.html. `SVW.csv` has a
row for each video, with the columns `FileName`, `Genre` and, for the three
splits, `Train 1?`, `Train 2?`, `Train 3?` (1 for training, 0 for testing).
Videos are `Videos/genre/FileName`.
"""

import os

from kvideo.data.datasets import collect

_MARKS = {"train": "1", "test": "0"}


def svw(root, split=1, subset="train", annotations=None, on_missing="skip"):
    """Lists a split of SVW.

    Args:
        root: folder with `SVW.csv` and the folder `Videos`.
        split: 1, 2 or 3.
        subset: `"train"` or `"test"`.
        annotations: the CSV file; `None`: `SVW.csv` in `root`.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing`; the classes are in alphanumeric order, in lower case.

    Raises:
        FileNotFoundError: no such list, or missing videos.
        ValueError: no such split or subset.
    """
    collect.check_choice("split", split, (1, 2, 3))
    collect.check_choice("subset", subset, tuple(_MARKS))
    table = annotations or os.path.join(root, "SVW.csv")
    needed = ("FileName", "Genre", f"Train {split}?")
    rows = collect.read_table(table, *needed)
    # The list writes genres with and without a capital; the folders without.
    items = [
        (
            os.path.join(root, "Videos", row["Genre"].lower(), row["FileName"]),
            row["Genre"].lower(),
            None,
        )
        for row in rows
        if row[f"Train {split}?"].strip() == _MARKS[subset]
    ]
    classes = sorted({row["Genre"].lower() for row in rows})
    return collect.make_listing(items, classes, on_missing)
