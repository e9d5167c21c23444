"""What a data set is going to be, whoever makes its batches.

`pipeline.video_dataset` (tf.data) and `py_dataset.VideoPyDataset` take the same
arguments and make the same clips of them: both start from a `Part`.
"""

import dataclasses
import difflib

import numpy as np

from kvideo.data import arguments, flips
from kvideo.data import stride_jitter as stride_jitters
from kvideo.data.cache import FrameCache
from kvideo.data.crop import ClipCrop
from kvideo.data.loader import Epochs, Loader, Tally, source
from kvideo.data.quarantine import without_quarantined
from kvideo.data.spec import ClipSpec


@dataclasses.dataclass(frozen=True)
class Settings:
    """How clips become batches.

    Attributes:
        label_mode, batch_size, on_error: as the arguments of `plan`.
        num_parallel_calls: files read at a time, a positive integer.
    """

    label_mode: str | None
    batch_size: int | None
    on_error: str
    num_parallel_calls: int


@dataclasses.dataclass(frozen=True)
class Part:
    """All of a data set, or its training or validation subset.

    Attributes:
        loader: a `Loader`, which has the listing.
        epochs: an `Epochs`.
        settings: a `Settings`.
    """

    loader: Loader
    epochs: Epochs
    settings: Settings

    def attributes(self):
        """What users find on the data set: names to values."""
        listing = self.loader.listing
        return {
            "listing": listing,
            "class_names": listing.class_names,
            "file_paths": listing.file_paths,
            "labels": listing.labels,
            "segments": listing.segments,
            "clip_spec": self.loader.spec,
            "broken_files": self.loader.tally.broken_files,
            "damaged_files": self.loader.tally.damaged_files,
            "set_epoch": self.epochs.set,
            "batch_paths": self.batch_paths,
        }

    def batch_paths(self, epoch, batch):
        """The files whose clips were batch number `batch` of an epoch.

        To be asked after the batch was read: only then is it known which
        files were left out because they are broken.

        Args:
            epoch: number of the epoch, from 0.
            batch: number of the batch in it, from 0.

        Returns:
            List of paths, in the order of the clips.

        Raises:
            IndexError: there is no such batch.
        """
        size = self.settings.batch_size or 1
        order = self.epochs.order(epoch)
        groups = [order[i : i + size] for i in range(0, len(order), size)]
        broken = self.loader.tally.broken
        groups = [[i for i in group if i not in broken] for group in groups]
        files = [group for group in groups if group][batch]
        return [self.loader.listing.file_paths[i] for i in files]


def spec_of(spec, fields):
    """The `ClipSpec` of the arguments of a data set.

    Args:
        spec: The argument `clip_spec`, or None.
        fields: Other arguments, by name: fields of a `ClipSpec`.

    Raises:
        TypeError: A name that is no argument.
        ValueError: A field that says something else than `spec`.
    """
    known = [field.name for field in dataclasses.fields(ClipSpec)]
    for name in fields:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise TypeError(
                f"video_dataset() got an unexpected keyword argument {name!r}."
                + hint
            )
    if spec is None:
        return ClipSpec(**fields)
    other = [n for n, value in fields.items() if not _says(spec, n, value)]
    if other:
        raise ValueError(
            "`clip_spec` says how clips are made, so other arguments may not "
            "say otherwise. Leave them out, or change it with "
            "dataclasses.replace. Received: "
            + ", ".join(f"{n}={fields[n]!r}" for n in other)
            + f", clip_spec={spec}"
        )
    return spec


def _says(spec, name, value):
    """Whether a field of a `ClipSpec` has a value, one size for both sides."""
    if name == "frame_size" and np.ndim(value) == 0:
        value = (value, value)
    said = getattr(spec, name)
    return (tuple(value) if isinstance(value, list) else value) == said


def plan(
    listing,
    *,
    label_mode="int",
    batch_size=8,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    training=None,
    horizontal_flip="auto",
    crop="scales",
    stride_jitter=None,
    on_error="skip",
    num_parallel_calls=None,
    decoder_threads=None,
    cache_dir=None,
    cache_short_side=None,
    quarantine=None,
    initial_epoch=0,
    share=(0, 1),
    clip_spec=None,
    verbose=True,
    **clip,
):
    """The parts of a data set. Arguments: see `pipeline.video_dataset`.

    Returns:
        A list of `Part`s: two with `subset="both"`, otherwise one.
    """
    spec = spec_of(clip_spec, clip)
    arguments.check_label_mode(label_mode, listing.class_names)
    arguments.check_split(validation_split, subset, shuffle, seed)
    arguments.check_options(on_error, batch_size)
    arguments.check_share(share)
    crop = ClipCrop.of(crop)
    crop.check_fits(spec)
    stride_jitter = stride_jitters.checked(stride_jitter, spec)
    calls, threads = arguments.threads(num_parallel_calls, decoder_threads)
    _say(verbose, _found(listing))
    if quarantine is not None:
        whole, listing = listing, without_quarantined(listing, quarantine)
        left_out = len(whole) - len(listing)
        _say(verbose, f"Left out {left_out} files in quarantine.")
    if cache_dir is not None:
        files = source(listing, spec, threads)
        files = FrameCache(cache_dir, files, cache_short_side)
        listing = dataclasses.replace(listing, files=files)
    if seed is None:
        seed = np.random.randint(10**6)
    if shuffle:
        listing = listing.shuffled(seed)
    settings = Settings(
        label_mode=None if listing.labels is None else label_mode,
        batch_size=batch_size,
        on_error=on_error,
        num_parallel_calls=calls,
    )
    swaps = _swaps(listing, horizontal_flip, verbose)
    parts = []
    for files, name in _subsets(listing, validation_split, subset, verbose):
        held_out = name == "validation"
        # As Keras: of two subsets, the held-out one keeps its order.
        kept = held_out and subset == "both"
        random = shuffle and not held_out if training is None else training
        moves = shuffle and not kept
        epochs = Epochs(len(files), seed, moves, initial_epoch, share)
        if not len(epochs):
            raise ValueError(
                f"There are fewer files than shares: {len(files)} of them. "
                f"Received: share={share}"
            )
        loader = Loader(
            listing=files,
            spec=spec,
            seed=seed,
            training=random and not kept,
            crop=crop,
            swaps=swaps,
            on_error=on_error,
            tally=Tally(len(epochs)),
            decoder_threads=threads,
            stride_jitter=stride_jitter,
        )
        parts.append(Part(loader, epochs, settings))
    return parts


def _subsets(listing, validation_split, subset, verbose):
    if not validation_split:
        return [(listing, None)]
    parts = dict(
        zip(
            ("training", "validation"),
            listing.split(validation_split),
            strict=True,
        )
    )
    wanted = list(parts) if subset == "both" else [subset]
    for name in wanted:
        if not len(parts[name]):
            raise ValueError(
                f"No files are left for {name}: {len(listing)} files in all. "
                f"Received: validation_split={validation_split}"
            )
        _say(verbose, f"Using {len(parts[name])} files for {name}.")
    return [(parts[name], name) for name in wanted]


def _swaps(listing, horizontal_flip, verbose):
    """Labels that change in a flip; `None` for no flips."""
    names = listing.class_names or []
    several = isinstance(names, dict)
    if isinstance(horizontal_flip, dict):
        if several:
            raise ValueError(
                "Files with several labels cannot change one in a flip. "
                'Expected: "auto", True or False. Received: '
                f"horizontal_flip={horizontal_flip}"
            )
        return flips.swapped_labels(names, horizontal_flip)
    if horizontal_flip not in ("auto", True, False):
        raise ValueError(
            '`horizontal_flip` should be "auto", True, False or a dictionary '
            "of class names. Received: "
            f"horizontal_flip={horizontal_flip!r}"
        )
    if horizontal_flip != "auto":
        return {} if horizontal_flip else None
    if several:
        names = [name for column in names.values() for name in column]
    decision = flips.decide(names, swaps=not several)
    _say(verbose, decision.reason)
    return decision.swaps


def _found(listing):
    names = listing.class_names
    if listing.labels is None:
        return f"Found {len(listing)} files."
    if isinstance(names, dict):
        counts = [f"{len(column)} {key}" for key, column in names.items()]
        number = " and ".join(counts)
    else:
        number = len(names)
    return f"Found {len(listing)} files belonging to {number} classes."


def _say(verbose, text):
    if verbose:
        print(text)
