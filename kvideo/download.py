"""Published weights, fetched and converted once.

A file comes into the cache only if it is what its authors published: the
digest of the table, or one that the caller gives, must fit. Most authors
publish none, and none is made up here: those files are fetched only if the
caller says so. No code in them runs either way (`kvideo.convert.checkpoint`),
and the card says which bytes were converted.
"""

import dataclasses
import hashlib
import os
import tempfile
import urllib.parse
from pathlib import Path

import keras

import kvideo
from kvideo.applications.registry import unknown_name
from kvideo.applications.weights_table import cached_file, releases
from kvideo.staging import staged

ALGORITHMS = {40: "sha1", 64: "sha256"}


def download_weights(name, checkpoint=None, sha256=None, unverified=False):
    """Get a row of the weights table ready for `weights=name`.

    Does nothing if it is ready. Needs `kvideo[convert]`.

    Args:
        name: A name of `kvideo.list_weights()`.
        checkpoint: The published file, if you have it; nothing is fetched.
        sha256: Digest of the published file, from somebody you trust.
        unverified: Whether to fetch a file for which the table has no digest
            and you have none.

    Returns:
        Path of the `.weights.h5` file; its card, with the class names and
        the certificate of the conversion, is beside it as `.card.json`.

    Raises:
        ValueError: If there is no such row, nothing verifies the file, its
            digest is another, it must be fetched in a browser, or the
            conversion fails. Nothing is left behind.
        ConnectionError: If the file cannot be fetched whole.
        ImportError: Without PyTorch.
    """
    if name not in releases():
        raise ValueError(
            f"{unknown_name('weights', name, releases())} "
            "`kvideo.list_weights()` lists them."
        )
    target, release = Path(cached_file(name)), releases()[name]
    if target.is_file():
        return target
    digests = [d for d in (release.digest, sha256) if d is not None]
    if checkpoint is None:
        _check_permission(name, release, digests, unverified)
    with staged(target, overwrite=True) as part:
        with tempfile.TemporaryDirectory(dir=part.parent) as folder:
            path = checkpoint or _fetch(name, release.url, folder)
            for digest in digests:
                check_digest(path, digest)
            card = _convert(release, path, part)
        _describe(card, name, release).save(_card_path(part))
    return target


def check_digest(path, expected):
    """Raise a ValueError unless a file has this SHA-1 or SHA-256."""
    expected = expected.lower()
    if len(expected) not in ALGORITHMS:
        raise ValueError(
            "Expected a SHA-256 of 64 hexadecimal digits. Received: "
            f"{expected!r}."
        )
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, ALGORITHMS[len(expected)])
    if found.hexdigest() != expected:
        raise ValueError(
            f"{Path(path).name} is not the file that was published, or is "
            f"damaged. Expected the {found.name.upper()} {expected}; "
            f"received {found.hexdigest()}."
        )


def _check_permission(name, release, digests, unverified):
    if release.by_hand:
        raise ValueError(
            f"{name!r} is on Google Drive, which gives it to browsers alone: "
            f"{release.url} (see {release.page}). Fetch it there and give "
            f"the file: `kvideo download {name} --checkpoint FILE`."
        )
    if not digests and not unverified:
        raise ValueError(
            f"Nobody published a checksum of {release.url}, so nothing tells "
            "whether it is still what its authors put there. Give `sha256` "
            "if you know it, or `unverified=True` (`--unverified`) to take "
            "it as it is: no code in it runs, and the card records its "
            "SHA-256."
        )


def _fetch(name, url, folder):
    file_name = os.path.basename(urllib.parse.urlsplit(url).path)
    try:
        return keras.utils.get_file(
            file_name, url, cache_dir=folder, cache_subdir=""
        )
    except Exception as error:  # Keras raises this class
        raise ConnectionError(
            f"Cannot fetch {url}: {error}. Without a connection, fetch it "
            f"elsewhere and run `kvideo download {name} --checkpoint FILE`."
        ) from error


def _convert(release, checkpoint, to):
    if release.class_list is None:
        names = [str(number) for number in range(release.classes)]
    else:
        names = kvideo.data.class_names(release.class_list)
    return kvideo.convert.convert_checkpoint(
        checkpoint, to, release.kind, release.model, names
    )


def _describe(card, name, release):
    """The card with what the table knows."""
    said = {"weights": name}
    for key in ("url", "page", "licence", "top1", "views"):
        said[key] = getattr(release, key)
    return dataclasses.replace(
        card,
        clip_spec={**card.clip_spec, **release.clip},
        recipe={**card.recipe, "published": said},
    )


def _card_path(weights):
    return weights.with_name(weights.name.replace(".weights.h5", ".card.json"))
