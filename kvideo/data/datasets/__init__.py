"""Listings of public data sets, and of lists of your own.

Each function reads the official split or annotation files and the names in
the folder of videos, and returns a `kvideo.data.listing.Listing`. Nothing is
downloaded and no video is opened. `open_listing` finds them by a text, such as
`"ucf101:data/UCF-101?split=1"`, for the command line and configurations.

All of them take `on_missing`: files of the list that are not there are counted
and the first three named, in a warning (`"skip"`) or an error (`"error"`).
"""

from kvideo.lazy import lazy

_HOMES = {
    "epic_kitchens": "epic",
    "frame_folders": "frames",
    "hacs_clips": "hacs",
    "hmdb51": "hmdb",
    "jester": "twenty_bn",
    "kinetics": "kinetics_csv",
    "moments_in_time": "moments",
    "open_listing": "sources",
    "something_v1": "twenty_bn",
    "something_v2": "twenty_bn",
    "svw": "sports",
    "ucf101": "ucf",
    "video_list": "lists",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES)
