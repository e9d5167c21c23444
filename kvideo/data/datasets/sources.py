"""A listing from a text, for the command line and for configurations."""

import difflib
import inspect
import os

from kvideo.data.datasets.epic import epic_kitchens
from kvideo.data.datasets.frames import frame_folders
from kvideo.data.datasets.hacs import hacs_clips
from kvideo.data.datasets.hmdb import hmdb51
from kvideo.data.datasets.kinetics_csv import kinetics
from kvideo.data.datasets.lists import video_list
from kvideo.data.datasets.moments import moments_in_time
from kvideo.data.datasets.sports import svw
from kvideo.data.datasets.twenty_bn import jester, something_v1, something_v2
from kvideo.data.datasets.ucf import ucf101
from kvideo.data.listing import list_videos
from kvideo.data.modality import MODALITIES
from kvideo.data.quarantine import without_quarantined
from kvideo.data.shards.manifest import is_shards, open_shards

# Name before the colon -> function.
SOURCES = {
    "epic_kitchens": epic_kitchens,
    "frames": frame_folders,
    "hacs_clips": hacs_clips,
    "hmdb51": hmdb51,
    "jester": jester,
    "kinetics": kinetics,
    "list": video_list,
    "moments_in_time": moments_in_time,
    "shards": open_shards,
    "something_v1": something_v1,
    "something_v2": something_v2,
    "svw": svw,
    "ucf101": ucf101,
}
LIST_SUFFIXES = (".csv", ".tsv", ".txt")
_WORDS = {"true": True, "false": False}


def open_listing(text, modality="rgb", class_names=None):
    """The `Listing` that a text names.

    | text | what it is |
    |---|---|
    | `data/sports` | a folder with a folder of videos for each class |
    | `shards/train` | a folder of shards, of `kvideo prepare` |
    | `clips.csv`, `clips.txt` | `video_list` with its defaults |
    | `clips.csv?where=split=train` | the same with options |
    | `ucf101:data/UCF-101?split=2&subset=test` | a data set with options |
    | `kinetics:train.csv?videos=data/k400` | the path is the first argument |

    The options are the arguments of the function, without quotation marks.
    `quarantine=data/quarantine.txt`, after a folder too, leaves out the files
    of such a list of `kvideo doctor`.

    Args:
        text: see above. The names before the colon are those of `SOURCES`.
        modality: of the clips; says what to look for in a folder.
        class_names: names in the order of the labels, such as those of a
            trained network; `None`: the source's own.

    Raises:
        FileNotFoundError: there is no such folder or file.
        ValueError: an unknown source or option, or files of other classes.
    """
    text, quarantine = _quarantine(os.fspath(text))
    if quarantine:
        listing = open_listing(text, modality, class_names)
        return without_quarantined(listing, quarantine)
    name, colon, rest = text.partition(":")
    known = name in SOURCES and bool(colon)
    path, _, query = (rest if known else text).partition("?")
    if os.path.exists(text):
        # A name may hold any of the marks.
        known, path, query = False, text, ""
    if not known and not path.lower().endswith(LIST_SUFFIXES):
        _check_name(text, name, colon)
        return _folder(text, modality, class_names)
    make = SOURCES[name] if known else video_list
    options = _options(query, make)
    listing = make(path, **options)
    return listing.with_class_names(class_names or listing.class_names)


def _quarantine(text):
    """(the text without that option, its list or `None`)."""
    source, _, query = text.partition("?")
    parts = query.split("&")
    found = [p for p in parts if p.startswith("quarantine=")]
    if not found:
        return text, None
    rest = "&".join(part for part in parts if part not in found)
    text = f"{source}?{rest}" if rest else source
    return text, found[-1].removeprefix("quarantine=")


def _folder(text, modality, class_names):
    if is_shards(text):
        listing = open_shards(text)
        return listing.with_class_names(class_names or listing.class_names)
    kind = MODALITIES[modality]
    return list_videos(
        text, class_names=class_names, find=kind.find, wanted=kind.wanted
    )


def _check_name(text, name, colon):
    # A folder may have a colon in its name, and a drive always has.
    if not colon or len(name) == 1 or os.path.exists(text):
        return
    near = difflib.get_close_matches(name, SOURCES, n=1)
    hint = f" (nearest: '{near[0]}')" if near else ""
    raise ValueError(
        f"There is no source '{name}'{hint}. Expected a folder, a list, or "
        f"one of {', '.join(SOURCES)} before the colon. Received: {text!r}"
    )


def _options(query, make):
    """`a=1&b=x` -> {"a": 1, "b": "x"}, checked against a function."""
    parameters = inspect.signature(make).parameters
    allowed = list(parameters)[1:]
    options = {}
    for part in query.split("&") if query else ():
        key, _, value = part.partition("=")
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, n=1)
            hint = f" (nearest: '{near[0]}')" if near else ""
            raise ValueError(
                f"`{make.__name__}` has no option '{key}'{hint}. "
                f"It has: {', '.join(allowed)}"
            )
        number = isinstance(parameters[key].default, int)
        if value.lower() in _WORDS:
            value = _WORDS[value.lower()]
        options[key] = int(value) if number and str(value).isdigit() else value
    return options
