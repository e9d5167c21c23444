"""Something-Something V1 and V2, and Jester.

Goyal et al., The "something something" Video Database, ICCV 2017 (174
classes); Materzynska et al., The Jester Dataset, ICCV Workshops 2019 (27
classes). Both were TwentyBN's and are at
https://developer.qualcomm.com/software/ai-datasets.

V1 and Jester are folders of JPEG images, `1/00001.jpg`, taken at 12 frames a
second, with `something-something-v1-labels.csv` (a class name on each line)
and `-train.csv`, `-validation.csv` (lines "id;label"), `-test.csv` (lines
"id"). V2 is `1.webm`, with `something-something-v2-labels.json` (name to
number, as text) and JSON lists of `{"id", "label", "template"}`, where the
template without its brackets is the class name. Qualcomm's archive of V2
calls these files `labels.json`, `train.json` and so on, in a folder `labels`.
"""

import json
import os

from kvideo.data.datasets import collect
from kvideo.data.frame_files import FrameFiles
from kvideo.data.texts import read_text

SUBSETS = ("train", "validation", "test")
FRAMES_PER_SECOND = 12


def something_v1(
    root, subset="train", videos=None, annotations=None, on_missing="skip"
):
    """Lists Something-Something V1.

    Args:
        root: folder with the lists and the folder of videos.
        subset: `"train"`, `"validation"` or `"test"` (without labels).
        videos: folder of the frame folders; `None`:
            `20bn-something-something-v1` in `root`.
        annotations: folder of the lists; `None`: `root`.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing` with the classes in the order of the labels file.

    Raises:
        FileNotFoundError: no such list, or missing videos.
        ValueError: no such subset.
    """
    videos = videos or os.path.join(root, "20bn-something-something-v1")
    name = "something-something-v1"
    return _frames(annotations or root, name, subset, videos, on_missing)


def jester(
    root, subset="train", videos=None, annotations=None, on_missing="skip"
):
    """Lists Jester.

    Arguments, result and errors as those of `something_v1`; `videos` is
    `20bn-jester-v1` in `root` by default.
    """
    videos = videos or os.path.join(root, "20bn-jester-v1")
    name = "jester-v1"
    return _frames(annotations or root, name, subset, videos, on_missing)


def something_v2(
    root, subset="train", videos=None, annotations=None, on_missing="skip"
):
    """Lists Something-Something V2.

    Args:
        root: folder with the lists (or a folder `labels` of them) and the
            folder of videos.
        subset: `"train"`, `"validation"` or `"test"` (without labels).
        videos: folder of the `.webm` files; `None`:
            `20bn-something-something-v2` in `root`.
        annotations: folder of the lists; `None`: `root` or its `labels`.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing` with the classes in the order of the labels file.

    Raises:
        FileNotFoundError: no such list, or missing videos.
        ValueError: no such subset.
    """
    collect.check_choice("subset", subset, SUBSETS)
    videos = videos or os.path.join(root, "20bn-something-something-v2")
    folders = [annotations] if annotations else [root, f"{root}/labels"]
    numbers = _json(folders, "labels")
    items = [
        (
            os.path.join(videos, f"{entry['id']}.webm"),
            _class_name(entry),
            None,
        )
        for entry in _json(folders, subset)
    ]
    classes = sorted(numbers, key=lambda name: int(numbers[name]))
    return collect.make_listing(items, classes, on_missing)


def _frames(annotations, name, subset, videos, on_missing):
    collect.check_choice("subset", subset, SUBSETS)
    classes, lines = (
        collect.read_lines(os.path.join(annotations, f"{name}-{part}.csv"))
        for part in ("labels", subset)
    )
    items = []
    for line in lines:
        video, _, label = line.partition(";")
        items.append((os.path.join(videos, video), label or None, None))
    files = FrameFiles("{:05d}.jpg", first=1, fps=FRAMES_PER_SECOND)
    return collect.make_listing(items, classes, on_missing, files)


def _json(folders, part):
    names = (f"something-something-v2-{part}.json", f"{part}.json")
    path = collect.find(
        f"list {part!r} of Something-Something V2",
        *[os.path.join(folder, name) for folder in folders for name in names],
    )
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"'{path}' is no JSON ({error}). It was cut off or changed: fetch "
            "it again."
        ) from error


def _class_name(entry):
    if "template" not in entry:
        return None
    return entry["template"].replace("[", "").replace("]", "")
