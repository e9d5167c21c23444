"""Moments in Time: a million three-second videos of 339 (later 305) verbs.

Monfort et al., Moments in Time Dataset: one million videos for event
understanding, TPAMI 2019, http://moments.csail.mit.edu (on request). Its
readme: `moments_categories.txt` has lines "adult+female+singing,0";
`trainingSet.csv` and `validationSet.csv` have no header and the fields file
(in `training/` or `validation/`), label, and how many workers agreed and did
not.
"""

import csv
import os

from kvideo.data.datasets import collect

_FILES = {"train": "training", "validation": "validation"}


def moments_in_time(root, subset="train", on_missing="skip"):
    """Lists Moments in Time.

    Args:
        root: folder with the lists and the folders `training` and
            `validation`.
        subset: `"train"` or `"validation"`.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing` with the classes in the order of `moments_categories.txt`.

    Raises:
        FileNotFoundError: no such list, or missing videos.
        ValueError: no such subset.
    """
    collect.check_choice("subset", subset, tuple(_FILES))
    folder = _FILES[subset]
    lines = collect.read_lines(os.path.join(root, "moments_categories.txt"))
    numbers = {k: int(v) for k, v in (x.rsplit(",", 1) for x in lines)}
    path = os.path.join(root, f"{folder}Set.csv")
    rows = [row for row in csv.reader(collect.read_lines(path))]
    return collect.make_listing(
        [(os.path.join(root, folder, row[0]), row[1], None) for row in rows],
        sorted(numbers, key=numbers.get),
        on_missing,
    )
