"""A folder of video files as a `tf.data.Dataset` of clips and labels."""

import numpy as np
import tensorflow as tf

from kvideo.data import arguments, transforms
from kvideo.data import listing as listings
from kvideo.data.batches import Settings, clip_batches
from kvideo.data.listing import VIDEO_EXTENSIONS  # noqa: F401
from kvideo.data.modality import MODALITIES
from kvideo.data.spec import ClipSpec


def video_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=8,
    num_frames=8,
    frame_size=(224, 224),
    sampler="segment",
    frames_per_segment=1,
    frame_stride=1,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    training=None,
    horizontal_flip="auto",
    crop_scales=(1.0, 0.875, 0.75),
    short_video="loop",
    crop_to_aspect_ratio=True,
    interpolation="bilinear",
    modality="rgb",
    follow_links=False,
    on_error="skip",
    num_parallel_calls=None,
    initial_epoch=0,
    clip_spec=None,
    verbose=True,
):
    """Makes a `tf.data.Dataset` of clips from the video files of a directory.

    As `keras.utils.image_dataset_from_directory`: with `labels="inferred"`
    the subfolders are the classes, in alphanumeric order. Files are decoded
    in parallel while the network trains.

    The order and every random choice follow from the seed, the epoch and the
    file alone. The n-th pass over the data set is epoch `initial_epoch + n`,
    so a training that was interrupted after epoch k sees the same clips when
    it continues with `initial_epoch=k`.

    Example:

    ```python
    train, test = video_dataset_from_directory(
        "data/sports", validation_split=0.2, subset="both", seed=1
    )
    model.fit(train, validation_data=test, epochs=10)
    ```

    Args:
        directory: folder with the files.
        labels: `"inferred"` from the subfolders; a list of integers, one for
            each file in alphanumeric order of the paths; or `None`.
        label_mode: `"int"` (int32 `(B,)`), `"categorical"` (float32
            `(B, classes)`), `"binary"` (float32 `(B, 1)`), or `None` (clips
            without labels).
        class_names: the subfolders to use, in the order of their labels.
        batch_size: clips in a batch; `None` gives single clips.
        num_frames: T, frames in a clip. With the segment sampler a multiple
            of `frames_per_segment`.
        frame_size: (height, width) of the clips in pixels.
        sampler: `"segment"`, `"dense"` or `"uniform"`; see
            `kvideo.data.sampling`.
        frames_per_segment: consecutive frames from each segment.
        frame_stride: distance between the frames of the dense sampler.
        shuffle: whether each epoch has its own order.
        seed: integer from 0 for order, split and augmentation.
        validation_split: share of the files, in (0, 1), to hold out.
        subset: `"training"`, `"validation"`, or `"both"` (a list of two data
            sets); with `validation_split` only.
        training: whether frames, crops and flips are random. `None` says yes
            where `shuffle` is set and the subset is not `"validation"`.
        horizontal_flip: in training, whether half of the clips are mirrored.
            `"auto"`: unless a class name contains a direction (left, right,
            clockwise). A dictionary of class names, such as
            `{"move_left": "move_right"}`: mirrored clips change their label.
        crop_scales: in training, the sides of the random box as shares of the
            largest box; one is drawn for each clip.
        short_video: `"loop"`, `"repeat_last"` or `"error"`.
        crop_to_aspect_ratio: `False` distorts the frames instead of cropping.
        interpolation: `"bilinear"`, `"nearest"` or `"area"`.
        modality: `"rgb"` for video files, or `"flow"` for the folders of flow
            images that `kvideo flow` writes, one for each video. A mirrored
            clip of flow has its x turned round, 255 - x.
        follow_links: whether to follow symbolic links to folders.
        on_error: a file that cannot be decoded is left out, and named at the
            end of the epoch (`"skip"`), or ends the pass (`"raise"`).
        num_parallel_calls: files read at a time; `None` lets tf.data choose.
        initial_epoch: number of the first epoch.
        clip_spec: a `ClipSpec`, which takes the place of the arguments of the
            same names.
        verbose: whether to print what was found.

    Returns:
        A `tf.data.Dataset` of float32 clips in [0, 255], RGB `(B, T, H, W, 3)`
        or flow `(B, T, H, W, 2)`, and labels. Attributes: `class_names`,
        `file_paths`, `labels`, `clip_spec`, `broken_files` (path to reason,
        filled while reading) and `set_epoch(n)`, which fixes the number of
        every pass that begins after it (for loops that take batches ahead, as
        `fit` does under `MirroredStrategy`).

    Raises:
        FileNotFoundError: no such directory.
        ValueError: no video file in it, or an argument that does not fit.
    """
    spec = clip_spec or ClipSpec(
        num_frames=num_frames,
        frame_size=frame_size,
        sampler=sampler,
        frames_per_segment=frames_per_segment,
        frame_stride=frame_stride,
        short_video=short_video,
        crop_to_aspect_ratio=crop_to_aspect_ratio,
        interpolation=interpolation,
        modality=modality,
    )
    arguments.check_labels(labels, label_mode, class_names)
    arguments.check_split(validation_split, subset, shuffle, seed)
    arguments.check_options(on_error, batch_size, crop_scales)
    if labels is None or label_mode is None:
        labels = label_mode = None
    kind = MODALITIES[spec.modality]
    listing = listings.list_videos(
        directory, labels, class_names, follow_links, kind.find, kind.wanted
    )
    arguments.check_classes(listing, labels, label_mode)
    _say(verbose, _found(listing))
    if seed is None:
        seed = np.random.randint(10**6)
    if shuffle:
        listing = listing.shuffled(seed)
    settings = Settings(
        spec=spec,
        label_mode=label_mode,
        batch_size=batch_size,
        seed=seed,
        crop_scales=tuple(crop_scales),
        swaps=_swaps(listing, horizontal_flip, verbose),
        on_error=on_error,
        num_parallel_calls=num_parallel_calls or tf.data.AUTOTUNE,
        initial_epoch=initial_epoch,
    )
    sets = []
    for part, name in _parts(listing, validation_split, subset, verbose):
        held_out = name == "validation"
        # As Keras: of two subsets, the held-out one keeps its order.
        kept = held_out and subset == "both"
        random = shuffle and not held_out if training is None else training
        sets.append(
            clip_batches(
                part,
                settings,
                shuffle=shuffle and not kept,
                training=random and not kept,
            )
        )
    return sets if subset == "both" else sets[0]


def _parts(listing, validation_split, subset, verbose):
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
    if isinstance(horizontal_flip, dict):
        return transforms.swapped_labels(names, horizontal_flip)
    if horizontal_flip not in ("auto", True, False):
        raise ValueError(
            '`horizontal_flip` should be "auto", True, False or a dictionary '
            "of class names. Received: "
            f"horizontal_flip={horizontal_flip!r}"
        )
    directions = transforms.directional(names)
    if horizontal_flip == "auto" and directions:
        _say(
            verbose,
            "Clips are not mirrored: class names contain a direction "
            f"({', '.join(directions[:3])}). Pass "
            "`horizontal_flip={name: mirrored_name}` to mirror them.",
        )
        return None
    return {} if horizontal_flip else None


def _found(listing):
    if listing.labels is None:
        return f"Found {len(listing)} files."
    return (
        f"Found {len(listing)} files belonging to "
        f"{len(listing.class_names)} classes."
    )


def _say(verbose, text):
    if verbose:
        print(text)
