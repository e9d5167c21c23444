"""Weights that the authors of other packages publish: `weights.yaml`.

The files are PyTorch's or Caffe2's: `kvideo.download_weights` fetches one and
converts it. Addresses and accuracies are those of the authors' pages; nobody
has measured them with kvideo (docs/weights.md).
"""

import fnmatch
import functools
import os
from dataclasses import dataclass, field
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Release:
    """A file of weights that somebody published.

    Attributes:
        model: Registry name of the network that it becomes.
        kind: Its layout, a name of `kvideo.convert.list_kinds()`.
        url: Where it is. A page of Google Drive is for browsers alone.
        page: What the address and the accuracy were read from.
        licence: Of the page's repository; few say anything of the weights.
        classes: Number of classes.
        class_list: Name for `kvideo.data.class_names`; None where the order
            of the classes is not known or the list is not in this package.
        top1: Accuracy in percent on the validation set, as published; None
            where the page has none.
        views: The views for that accuracy.
        clip: Settings of a `kvideo.data.ClipSpec` that differ from those of
            the network in the registry.
        digest: SHA-256, or SHA-1 where the authors publish that, in
            hexadecimal digits; None where nobody does.
    """

    model: str
    kind: str
    url: str
    page: str
    licence: str
    classes: int
    class_list: str | None = None
    top1: float | None = None
    views: str = ""
    clip: dict = field(default_factory=dict)
    digest: str | None = None

    @property
    def by_hand(self):
        """Whether a browser must fetch it."""
        return "drive.google.com" in self.url


@functools.cache
def releases():
    """The table, a dict from names to `Release`s."""
    text = Path(__file__).with_name("weights.yaml").read_text("utf-8")
    table = {}
    for page in yaml.safe_load(text):
        files, folder = page.pop("files"), page.pop("folder")
        for name, row in files.items():
            url = folder + row.pop("url")
            table[name] = Release(**{**page, **row, "url": url})
    return table


def list_weights(pattern="*"):
    """Sorted names for `weights=` that match a shell pattern, as `"tsm_*"`.

    They are of use after `kvideo.download_weights(name)`.
    """
    return sorted(fnmatch.filter(releases(), pattern))


def cache_folder():
    """Where converted weights are: `kvideo` in Keras' folder.

    That is the environment variable `KERAS_HOME`, or `.keras` at home.
    """
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    return os.path.join(home, "kvideo")


def cached_file(name):
    """Where the converted weights of a name are, or would be."""
    return os.path.join(cache_folder(), f"{name}.weights.h5")
