"""Video files as a `tf.data.Dataset` of clips and labels."""

import dataclasses
import inspect

from kvideo.data import arguments
from kvideo.data import listing as listings
from kvideo.data.modality import MODALITIES
from kvideo.data.plan import plan
from kvideo.data.spec import ClipSpec


def video_dataset(listing, **options):
    """Makes a `tf.data.Dataset` of clips from a listing of video files.

    Files are decoded in parallel while the network trains.

    The order and every random choice follow from the seed, the epoch and the
    file alone. The n-th pass over the data set is epoch `initial_epoch + n`,
    so a training that was interrupted after epoch k sees the same clips when
    it continues with `initial_epoch=k`.

    Example:

    ```python
    listing = kvideo.data.datasets.ucf101("data/UCF-101", split=1)
    train = kvideo.data.video_dataset(listing, num_frames=16, seed=1)
    model.fit(train, epochs=10)
    ```

    Args:
        listing: a `Listing`, such as those of `kvideo.data.datasets`.
        label_mode: `"int"` (int32 `(B,)`), `"categorical"` (float32
            `(B, classes)`), `"binary"` (float32 `(B, 1)`), or `None` (clips
            without labels).
        batch_size: clips in a batch; `None` gives single clips.
        num_frames: T, frames in a clip. With the segment sampler a multiple
            of `frames_per_segment`.
        frame_size: (height, width) of the clips in pixels.
        sampler: one of `kvideo.data.sampling.SAMPLERS`, such as `"segment"`
            or `"dense"`.
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
            `"auto"` reads the class names: classes that name a direction
            (left, right, clockwise) change places with their mirror images,
            and nothing is mirrored where one has none. A dictionary of class
            names, such as `{"move_left": "move_right"}`: these change places.
        crop: in training, the random box of each clip: a
            `kvideo.data.ClipCrop`, a dictionary of its fields, or a kind
            alone, `"scales"`, `"multi_scale"`, `"random_resized"` or
            `"short_side"`.
        stride_jitter: in training, (low, high): each clip has the stride times
            a factor of this range, such as (0.5, 2), see
            `kvideo.data.stride_jitter`; `None`: times 1.
        short_video: `"loop"`, `"repeat_last"` or `"error"`.
        resize_to: in testing, the short side that the video is resized to
            before `frame_size` is cut; `None` cuts the largest box.
        crop_to_aspect_ratio: `False` distorts the frames instead of cropping.
        interpolation: `"bilinear"`, `"nearest"` or `"area"`.
        modality: `"rgb"` for video files, or `"flow"` for the folders of flow
            images that `kvideo flow` writes, one for each video. A mirrored
            clip of flow has its x turned round, 255 - x.
        target_fps: frames a second that the video is read at, by its time
            stamps; `None` takes the frames as they are.
        frame_rate: frames a second that are usual: videos of another rate are
            read at this one, see `kvideo.data.ClipSpec`; `None` takes the
            frames of all videos as they are.
        on_error: a file that cannot be decoded is left out, and named at the
            end of the epoch (`"skip"`), or ends the pass (`"raise"`).
        num_parallel_calls: files read at a time; `None`: as many as there are
            cores.
        decoder_threads: threads that decode one file; `None`: the cores that
            `num_parallel_calls` leaves for each file, at least 1.
        cache_dir: folder in which the frames of each video are kept as JPEG
            images from its first use on, see `kvideo.data.FrameCache`; `None`
            decodes the videos in each epoch.
        cache_short_side: pixels to which the shorter side of frames is
            reduced there; `None` keeps their size.
        quarantine: list of files to leave out, as `kvideo doctor` writes it.
        initial_epoch: number of the first epoch.
        share: (i, n): every n-th file of each epoch's order, from the i-th
            on, for n processes that read together what one would. All need
            the same seed.
        clip_spec: a `ClipSpec`, in place of the arguments of the same names;
            one that says otherwise is an error.
        verbose: whether to print what was found.

    Returns:
        A `tf.data.Dataset` of float32 clips in [0, 255], RGB `(B, T, H, W, 3)`
        or flow `(B, T, H, W, 2)`, and labels; where files have several labels,
        these are a dictionary. Attributes: `class_names`, `file_paths`,
        `labels`, `segments`, `clip_spec`, `broken_files` (path to reason,
        filled while reading), `damaged_files` (path to how much of its clip is
        damaged), `batch_paths(epoch, batch)`, which names the
        files of a batch that was read, and `set_epoch(n)`, which fixes the
        number of every pass that begins after it (for loops that take batches
        ahead, as `fit` does under `MirroredStrategy`). With `subset="both"` a
        list of two of these.

    Raises:
        ValueError: an argument that does not fit.
    """
    from kvideo.data.batches import clip_batches

    sets = [clip_batches(part) for part in plan(listing, **options)]
    return sets if options.get("subset") == "both" else sets[0]


def _signature():
    """The names and the defaults of the options, for `help` and for editors."""
    options = inspect.signature(plan).parameters
    clip = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default
        )
        for field in dataclasses.fields(ClipSpec)
    ]
    named = [p for p in options.values() if p.kind != p.VAR_KEYWORD]
    return inspect.Signature([*named, *clip])


video_dataset.__signature__ = _signature()


def video_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=8,
    follow_links=False,
    **options,
):
    """Makes a `tf.data.Dataset` of clips from the video files of a directory.

    As `keras.utils.image_dataset_from_directory`: with `labels="inferred"`
    the subfolders are the classes, in alphanumeric order.

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
        label_mode: see `video_dataset`.
        class_names: the subfolders to use, in the order of their labels.
        batch_size: see `video_dataset`.
        follow_links: whether to follow symbolic links to folders.
        **options: the other arguments of `video_dataset`.

    Returns:
        What `video_dataset` returns.

    Raises:
        FileNotFoundError: no such directory.
        ValueError: no video file in it, or an argument that does not fit.
    """
    arguments.check_labels(labels, class_names)
    spec = options.get("clip_spec")
    modality = spec.modality if spec else options.get("modality", "rgb")
    kind = MODALITIES[modality]
    listing = listings.list_videos(
        directory,
        labels if label_mode else None,
        class_names,
        follow_links,
        kind.find,
        kind.wanted,
    )
    if labels == "inferred" and label_mode:
        arguments.check_two_classes(listing.class_names)
    return video_dataset(
        listing, label_mode=label_mode, batch_size=batch_size, **options
    )
