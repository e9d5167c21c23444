"""HMDB51: 6,766 videos of 51 actions, three splits.

Kuehne et al., HMDB: A Large Video Database for Human Motion Recognition, ICCV
2011. Videos (`hmdb51_org.rar`, a RAR file for each class inside) and splits
(`test_train_splits.rar`) are at
https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/.
A split has a file for each class, `brush_hair_test_split1.txt`, with lines
"name.avi 1": 1 is for training, 2 for testing, 0 for neither (its readme: 70
and 30 of each class).
"""

import os
import re

from kvideo.data.datasets import collect

_NAME = re.compile(r"(.+)_test_split(\d)\.txt")
_MARKS = {"train": "1", "test": "2"}


def hmdb51(root, split=1, subset="train", annotations=None, on_missing="skip"):
    """Lists a split of HMDB51.

    Args:
        root: folder with the 51 class folders.
        split: 1, 2 or 3.
        subset: `"train"` or `"test"`.
        annotations: folder of the split files; `None`:
            `testTrainMulti_7030_splits` in `root` or beside it.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing` with the classes in alphanumeric order.

    Raises:
        FileNotFoundError: no split files, or missing videos.
        ValueError: no such split or subset.
    """
    collect.check_choice("split", split, (1, 2, 3))
    collect.check_choice("subset", subset, tuple(_MARKS))
    name = "testTrainMulti_7030_splits"
    lists = annotations or collect.find(
        "folder of HMDB51's split files",
        os.path.join(root, name),
        os.path.join(os.path.dirname(os.path.abspath(root)), name),
    )
    matches = [_NAME.fullmatch(file) for file in sorted(os.listdir(lists))]
    classes = [m[1] for m in matches if m and m[2] == str(split)]
    items = []
    for label in classes:
        file = os.path.join(lists, f"{label}_test_split{split}.txt")
        for line in collect.read_lines(file):
            video, mark = line.rsplit(maxsplit=1)
            if mark == _MARKS[subset]:
                items.append((os.path.join(root, label, video), label, None))
    return collect.make_listing(items, classes, on_missing)
