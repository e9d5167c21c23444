"""EPIC-Kitchens-55 and -100: actions in long kitchen videos, verb and noun.

Damen et al., Scaling Egocentric Vision, ECCV 2018, and Rescaling Egocentric
Vision, IJCV 2022. Annotations: https://github.com/epic-kitchens/annotations
(55: `EPIC_train_action_labels.csv`, `EPIC_verb_classes.csv` with the columns
`verb_id`, `class_key`) and https://github.com/epic-kitchens/
epic-kitchens-100-annotations (`EPIC_100_train.csv`, `EPIC_100_validation.csv`,
`EPIC_100_verb_classes.csv` with `id`, `key`). Lists have the columns
`participant_id`, `video_id`, `start_timestamp`, `stop_timestamp`
("00:01:02.34"), `verb_class` and `noun_class`.
"""

import os

from kvideo.data.datasets import collect
from kvideo.data.texts import seconds

SUFFIXES = (".MP4", ".mp4")
LABELS = ("verb", "noun")


def epic_kitchens(annotations, videos, labels="verb,noun", on_missing="skip"):
    """Lists the actions of a list of EPIC-Kitchens, each a segment.

    Args:
        annotations: the CSV file; the files of the classes are beside it.
        videos: folder of the videos: `P01/videos/P01_01.MP4`,
            `P01/P01_01.MP4`, or all in one folder.
        labels: `"verb,noun"` for two labels, or `"verb"` or `"noun"` for one.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing` with segments. With two labels, `labels` and `class_names`
        are dictionaries.

    Raises:
        FileNotFoundError: no such list, or missing videos.
        ValueError: other labels.
    """
    wanted = tuple(labels.split(","))
    if not wanted or not set(wanted) <= set(LABELS):
        raise ValueError(
            '`labels` should be "verb", "noun" or "verb,noun". '
            f"Received: labels={labels!r}"
        )
    folder = os.path.dirname(annotations)
    names = {kind: _class_names(folder, annotations, kind) for kind in wanted}
    here, items = collect.Folders(), []
    needed = ("participant_id", "video_id", "start_timestamp", "stop_timestamp")
    needed += tuple(f"{kind}_class" for kind in wanted)
    for row in collect.read_table(annotations, *needed):
        own = {k: names[k][int(row[f"{k}_class"])] for k in wanted}
        times = (row["start_timestamp"], row["stop_timestamp"])
        items.append(
            (
                here.first(_places(videos, row)),
                own if len(wanted) > 1 else own[wanted[0]],
                tuple(seconds(time) for time in times),
            )
        )
    classes = {kind: list(names[kind].values()) for kind in wanted}
    if len(wanted) == 1:
        classes = classes[wanted[0]]
    return collect.make_listing(items, classes, on_missing)


def _class_names(folder, annotations, kind):
    """Number -> name, in the order of the numbers."""
    hundred = os.path.basename(annotations).startswith("EPIC_100")
    prefix = "EPIC_100" if hundred else "EPIC"
    table = os.path.join(folder, f"{prefix}_{kind}_classes.csv")
    number = "id" if hundred else f"{kind}_id"
    name = "key" if hundred else "class_key"
    rows = collect.read_table(table, number, name)
    pairs = sorted((int(row[number]), row[name]) for row in rows)
    return dict(pairs)


def _places(videos, row):
    person, video = row["participant_id"], row["video_id"]
    folders = (os.path.join(person, "videos"), person, "")
    return [
        os.path.join(videos, folder, video + suffix)
        for folder in folders
        for suffix in SUFFIXES
    ]
