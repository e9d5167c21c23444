"""How a video file becomes a clip: the settings, and the way in test mode."""

import dataclasses

import numpy as np

from kvideo.data import decode, sampling, stride_jitter, timing, transforms
from kvideo.data.crop import ClipCrop
from kvideo.data.modality import MODALITIES

LARGEST = ClipCrop(scales=(1.0,))


@dataclasses.dataclass(frozen=True)
class ClipSpec:
    """The settings that training, evaluation and deployment must share.

    Attributes:
        num_frames: T, the frames of a clip in all. With the segment sampler
            a multiple of `frames_per_segment`.
        frame_size: (height, width) of the clip in pixels.
        sampler: `"segment"` (consecutive frames from equal parts of the
            video), `"dense"` (frames at a stride), `"consecutive"` (frames in
            a row) or `"uniform"` (spread from first to last).
        frames_per_segment: consecutive frames a part of the segment sampler;
            of the others, with `short_video="released"`, frames in which a
            short video does not start again.
        frame_stride: distance between frames; dense sampler only.
        short_video: `"loop"`, `"repeat_last"`, `"error"` or `"released"`, see
            `kvideo.data.sampling`.
        resize_to: in testing, the short side that the video is resized to
            before `frame_size` is cut from its centre. `None` cuts the
            largest box of the shape of `frame_size`.
        crop_to_aspect_ratio: `False` takes the whole frame and distorts it.
        interpolation: `"bilinear"`, `"nearest"` or `"area"`.
        modality: `"rgb"` (C = 3, from video files) or `"flow"` (C = 2, from
            folders of flow images, `kvideo.data.flow_files`).
        target_fps: frames a second that the video is read at, by its time
            stamps, before the sampler counts frames; above 0. `None` takes
            the frames as they are. RGB only: flow images have no times.
        frame_rate: frames a second of the videos that a network was trained
            on, above 0. A video of another rate, or of a variable one, is
            read by time, at this rate; others, and those without time stamps,
            give their frames as they are. Samplers that spread single frames
            over the whole video do not need it. `None`: unknown. RGB only.
    """

    num_frames: int = 8
    frame_size: tuple = (224, 224)
    sampler: str = "segment"
    frames_per_segment: int = 1
    frame_stride: int = 1
    short_video: str = "loop"
    resize_to: int | None = None
    crop_to_aspect_ratio: bool = True
    interpolation: str = "bilinear"
    modality: str = "rgb"
    target_fps: float | None = None
    frame_rate: float | None = None

    def __post_init__(self):
        object.__setattr__(self, "frame_size", _pair(self.frame_size))
        for name in ("num_frames", "frames_per_segment", "frame_stride"):
            value = getattr(self, name)
            _require(_is_count(value), name, "a positive integer", value)
        _one_of("sampler", self.sampler, sampling.SAMPLERS)
        _one_of("short_video", self.short_video, sampling.SHORT_VIDEO)
        _one_of("interpolation", self.interpolation, transforms.INTERPOLATIONS)
        _one_of("modality", self.modality, MODALITIES)
        self._check_segments()
        self._check_resize_to()
        self._check_rates()

    def _check_segments(self):
        uneven = self.num_frames % self.frames_per_segment
        if self.sampler == "segment" and uneven:
            raise ValueError(
                "`num_frames` counts all frames of a clip and should be a "
                "multiple of `frames_per_segment`. Received: "
                f"num_frames={self.num_frames}, "
                f"frames_per_segment={self.frames_per_segment}"
            )

    def _check_resize_to(self):
        side = self.resize_to
        if side is None:
            return
        expected = f"None or an integer of at least {max(self.frame_size)}"
        fits = _is_count(side) and side >= max(self.frame_size)
        _require(fits, "resize_to", expected, side)
        if not self.crop_to_aspect_ratio:
            raise ValueError(
                "`resize_to` cuts a box from the video; it cannot be had with "
                f"crop_to_aspect_ratio=False. Received: resize_to={side}"
            )

    def _check_rates(self):
        for name in ("target_fps", "frame_rate"):
            fps = getattr(self, name)
            if fps is None:
                continue
            fits = isinstance(fps, int | float) and 0 < fps < float("inf")
            _require(fits, name, "None or a number above 0", fps)
            if self.modality == "flow":
                raise ValueError(
                    "Folders of flow images have no time stamps. Compute the "
                    f"flow of videos of the wanted rate, and leave `{name}` "
                    f"out. Received: modality='flow', {name}={fps}"
                )

    @property
    def counts_neighbours(self):
        """Whether the rate of a video decides how far frames lie apart.

        Not where single frames are spread over the whole of it.
        """
        if self.sampler == "segment":
            return self.frames_per_segment > 1
        return self.sampler != "uniform"

    @property
    def usual_rate(self):
        """The `frame_rate` where it decides how a video is read, or `None`."""
        wanted = self.counts_neighbours and self.target_fps is None
        return self.frame_rate if wanted else None

    def read_at(self, fps):
        """The `ClipSpec` that reads videos as somebody says.

        Args:
            fps: frames a second, by time; 0: the frames of each video as they
                are; `None`: nobody says, so it stays as it is.
        """
        if fps is None:
            return self
        return dataclasses.replace(
            self, target_fps=fps or None, frame_rate=None
        )

    def to_dict(self):
        """A dictionary that JSON can hold."""
        return dataclasses.asdict(self) | {"frame_size": [*self.frame_size]}

    @classmethod
    def from_dict(cls, config):
        """The `ClipSpec` of a dictionary from `to_dict`."""
        unknown = set(config) - {f.name for f in dataclasses.fields(cls)}
        if unknown:
            raise ValueError(
                "A clip specification has the entries "
                f"{[f.name for f in dataclasses.fields(cls)]}. "
                f"Received: unknown {sorted(unknown)}"
            )
        return cls(**config)


def load_clip(path, spec, segment=None, files=None):
    """The clip of a video in test mode, as the data set makes it.

    Args:
        path: the video file, or the folder of its flow images.
        spec: a `ClipSpec`.
        segment: (start, end) in seconds: the part of the video file to use,
            0 <= start < end. `None` is all of it.
        files: what reads `path`, see `Listing.files`; `None`: what the
            modality says.

    Returns:
        float32 array `(T, H, W, C)` in [0, 255].

    Raises:
        VideoDecodeError: a `ValueError` with the path and the reason.
    """
    frames, _ = load_frames(path, spec, segment=segment, files=files)
    clip = transforms.resize(frames, spec.frame_size, spec.interpolation)
    return clip.numpy()


def load_frames(
    path,
    spec,
    rng=None,
    crop=LARGEST,
    flip=False,
    segment=None,
    files=None,
    jitter=None,
):
    """The frames of a clip, cut and flipped, not yet resized.

    Args:
        path: the video file, or the folder of its flow images.
        spec: a `ClipSpec`.
        rng: `numpy.random.Generator` for training. `None` is test mode:
            fixed frames, centred box, no flip.
        crop: a `ClipCrop`, by default the largest box at a random place;
            training only.
        flip: whether training mirrors half of the clips.
        segment: see `load_clip`.
        files: see `load_clip`.
        jitter: range of factors of the stride in training, see
            `stride_jitter`; `None`: it is what `spec` says.

    Returns:
        (uint8 array `(T, h, w, C)`, whether it was flipped).
    """

    def choose(num_video_frames):
        if rng is None or jitter is None:
            return sampling.sample(num_video_frames, spec, rng)
        return stride_jitter.sample(num_video_frames, spec, rng, jitter)

    frames = read_frames(path, spec, choose, segment, files)
    size = frames.shape[1:3]
    if rng is None:
        return transforms.crop(frames, transforms.centre_box(size, spec)), False
    frames = transforms.crop(frames, crop.box(size, spec, rng))
    flipped = bool(rng.integers(2)) and flip
    mirror = MODALITIES[spec.modality].flip
    return mirror(frames) if flipped else frames, flipped


def read_frames(path, spec, choose, segment=None, files=None):
    """Frames of a video, counted as the specification counts them.

    Args:
        path: the video file, or the folder of its flow images.
        spec: a `ClipSpec`.
        choose: function from the number of frames, at least 1, to the wanted
            ones, integers `(k,)` from 0. It is called again where the file
            turns out to be shorter.
        segment: see `load_clip`.
        files: see `load_clip`.

    Returns:
        uint8 array `(k, h, w, C)`, uncut.

    Raises:
        VideoDecodeError: the file cannot be read, or ends before `segment`.
    """
    files = files or MODALITIES[spec.modality].files
    numbers = _numbers(path, spec, segment, files)
    try:
        return files.read_frames(path, numbers[choose(len(numbers))])
    except decode.VideoTooShortError as error:
        # The header promised more frames than there are.
        numbers = numbers[numbers < error.num_frames]
        if not len(numbers):
            raise
    return files.read_frames(path, numbers[choose(len(numbers))])


def _numbers(path, spec, segment, files):
    """The frames of the file that the sampler counts, at least one."""
    timing.check_segment(segment)
    if segment is None and spec.target_fps is None:
        return _usual_numbers(path, spec, files)
    if not hasattr(files, "frame_times"):
        raise timing.NoTimesError(
            "Seconds need time stamps, and this kind of file has none. "
            f"Received: path='{path}', segment={segment}, "
            f"target_fps={spec.target_fps}"
        )
    times = files.frame_times(path)
    numbers = timing.frames_on_time(
        times, spec.target_fps, segment, spec.usual_rate
    )
    if not len(numbers):
        reason = f"it ends before its segment {segment} (seconds) starts"
        raise decode.VideoDecodeError(path, reason)
    return numbers


def _usual_numbers(path, spec, files):
    """All frames of the file; by time where its rate is not the usual one."""
    rate = spec.usual_rate
    times = None if rate is None else timing.times_of(files, path)
    if times is None:
        return np.arange(files.count_frames(path))
    if not timing.has_another_rate(times, rate):
        return np.arange(len(times))
    return timing.frames_on_time(times, frame_rate=rate)


def _pair(size):
    pair = (size, size) if np.ndim(size) == 0 else tuple(size)
    if len(pair) != 2 or not all(_is_count(side) for side in pair):
        _require(False, "frame_size", "two positive integers", size)
    return tuple(int(side) for side in pair)


def _is_count(value):
    return isinstance(value, int | np.integer) and value > 0


def _one_of(name, value, allowed):
    _require(value in allowed, name, f"one of {', '.join(allowed)}", value)


def _require(condition, name, expected, value):
    if not condition:
        raise ValueError(
            f"`{name}` should be {expected}. Received: {name}={value!r}"
        )
