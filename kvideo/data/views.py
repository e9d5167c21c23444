"""Several views of a video: clips spread over its length, crops of each.

"10 x 3 views" are 10 clips with 3 crops each. View v of a video is crop
v % crops of clip v // crops. `view_batches` feeds them to a network, and
`kvideo.evaluation.average_views` makes one prediction of them.
"""

import dataclasses

import numpy as np

from kvideo.data import sampling, transforms
from kvideo.data import spec as specs
from kvideo.data.modality import MODALITIES
from kvideo.data.resize import resize

CROPS = (1, 3, 10)


@dataclasses.dataclass(frozen=True)
class Views:
    """How often a video is looked at.

    Attributes:
        clips: clips in time, at least 1. Where they lie: see
            `kvideo.data.sampling`.
        crops: 1 (the centre), 3 (both ends of the long side and the middle:
            left, centre, right, or top, centre, bottom) or 10 (the corners
            and the centre, then the same mirrored).
    """

    clips: int = 1
    crops: int = 1

    def __post_init__(self):
        if not isinstance(self.clips, int) or self.clips < 1:
            raise ValueError(
                "`clips` should be a positive integer. "
                f"Received: clips={self.clips!r}"
            )
        if self.crops not in CROPS:
            raise ValueError(
                f"`crops` should be one of {CROPS}. "
                f"Received: crops={self.crops!r}"
            )

    @classmethod
    def parse(cls, text):
        """The `Views` of a text: `"10x3"` is 10 clips with 3 crops each."""
        clips, _, crops = str(text).partition("x")
        if not (clips.isdecimal() and crops.isdecimal()):
            raise ValueError(
                "Views are written CLIPSxCROPS, such as '10x3'. "
                f"Received: {text!r}"
            )
        return cls(int(clips), int(crops))

    def __str__(self):
        return f"{self.clips}x{self.crops}"

    def __len__(self):
        return self.clips * self.crops


def boxes(video_size, spec, crops):
    """Where the crops of a video lie.

    They have the size of the box of `transforms.centre_box`. The mirrored half
    of ten crops is cut from the same places as the first half.

    Args:
        video_size: (height, width) of the video in pixels.
        spec: a `kvideo.data.ClipSpec`.
        crops: one of `CROPS`.

    Returns:
        int32 `(crops, 4)`: rows (top, left, height, width).
    """
    top, left, height, width = transforms.centre_box(video_size, spec)
    bottom, right = video_size[0] - height, video_size[1] - width
    middle = (top, left)
    if crops == 1:
        places = [middle]
    elif crops == 3 and video_size[1] >= video_size[0]:
        places = [(top, 0), middle, (top, right)]
    elif crops == 3:
        places = [(0, left), middle, (bottom, left)]
    else:
        corners = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
        places = [*corners, middle] * 2
    return np.int32([(*place, height, width) for place in places])


def read_clips(path, spec, clips, segment=None, files=None):
    """The frames of all clips of a video, each read and kept once.

    Args:
        path, segment, files: see `kvideo.data.load_clip`.
        spec: a `ClipSpec`.
        clips: V, number of clips.

    Returns:
        (uint8 `(k, h, w, C)` with k at most V * T, int32 `(V, T)`: which of
        them make each clip).
    """
    places = None

    def choose(num_video_frames):
        nonlocal places
        numbers = [
            sampling.sample(num_video_frames, spec, clip=(clip, clips))
            for clip in range(clips)
        ]
        wanted, places = np.unique(numbers, return_inverse=True)
        return wanted

    frames = specs.read_frames(path, spec, choose, segment, files)
    return frames, places.reshape(clips, -1).astype(np.int32)


def load_views(path, spec, views, segment=None, files=None):
    """All views of a video, as the data set makes them.

    Args:
        path, segment, files: see `kvideo.data.load_clip`.
        spec: a `ClipSpec`, in whose test mode the views are made.
        views: a `Views`, or text such as `"10x3"`.

    Returns:
        float32 array `(V, T, H, W, C)` in [0, 255].

    Raises:
        VideoDecodeError: a `ValueError` with the path and the reason.
    """
    views = checked(views, spec)
    frames, places = read_clips(path, spec, views.clips, segment, files)
    cuts = boxes(frames.shape[1:3], spec, views.crops)
    channels = frames.shape[-1]
    shape = len(views), spec.num_frames, *spec.frame_size, channels
    found = np.empty(shape, np.float32)
    for place, clip in zip(
        found, cut_views(spec, frames, places, cuts), strict=True
    ):
        place[:] = clip
    return found


def cut_views(spec, frames, places, cuts):
    """Yields the views of a video, float32 `(T, H, W, C)`, one by one.

    Args:
        spec: a `ClipSpec`.
        frames, places: of `read_clips`.
        cuts: `boxes` of the video.
    """
    mirror = MODALITIES[spec.modality].flip
    for clip in places:
        for crop, box in enumerate(cuts):
            cut = transforms.crop(frames[clip], box)
            cut = mirror(cut) if is_mirrored(crop) else cut
            yield resize(cut, spec.frame_size, spec.interpolation)


def is_mirrored(crop):
    """Whether a crop, by its number, is one of the second half of ten."""
    return crop >= CROPS[-1] // 2


def checked(views, spec):
    """The `Views` that are meant, if a specification can have them."""
    views = views if isinstance(views, Views) else Views.parse(views)
    if views.crops > 1 and not spec.crop_to_aspect_ratio:
        raise ValueError(
            "Crops differ only where a box is cut from the video: use "
            "crop_to_aspect_ratio=True, or one crop. "
            f"Received: views={views}"
        )
    return views
