"""What reads the frames of one item of a listing.

Each has `count_frames(path)`, `read_frames(path, indices)`, which gives uint8
`(k, H, W, 3)`, and `frame_times(path)` in seconds, as `kvideo.data.decode` has.
"""

import dataclasses
import os

import numpy as np

from kvideo.data import decode, frame_names
from kvideo.data.decode import damage
from kvideo.data.timing import NoTimesError


@dataclasses.dataclass(frozen=True)
class VideoFiles:
    """Video files, each decoded by a number of threads.

    Attributes:
        threads: a positive integer.
    """

    threads: int = 1

    def count_frames(self, path):
        return decode.count_frames(path)

    def frame_times(self, path):
        return decode.frame_times(path)

    def iterate_frames(self, path):
        return decode.iterate_frames(path)

    def read_frames(self, path, indices):
        return decode.read_frames(path, indices, threads=self.threads)


@dataclasses.dataclass(frozen=True)
class FrameFiles:
    """Folders of images, one for each frame of a video.

    Frames are the images that are there, in the order of their numbers. Where
    numbers between them are missing, a warning says so, and the times of the
    others stay what they are.

    Attributes:
        template: name of the images with a place for the number, such as
            `"{:05d}.jpg"` or `"img_{:05d}.jpg"`.
        first: number of the first image; `None`: the lowest in a folder.
        fps: frames a second at which the images were taken; `None` where
            nothing asks for times (`target_fps`, segments).

    Raises:
        ValueError: `template` gives one name for all numbers, or `fps` is
            not above 0.
    """

    template: str = "{:05d}.jpg"
    first: int | None = None
    fps: float | None = None

    def __post_init__(self):
        object.__setattr__(
            self, "_names", frame_names.FrameNames(self.template, self.first)
        )
        if self.fps is not None and not self.fps > 0:
            raise ValueError(
                f"`fps` should be above 0 or None. Received: fps={self.fps}"
            )

    def count_frames(self, folder):
        """Number of images in a folder."""
        return len(self._numbers(folder))

    def frame_times(self, folder):
        """Seconds of each image after the first, float64 `(n,)`."""
        if self.fps is None:
            raise NoTimesError(
                "Folders of images have no time stamps. Give their frame "
                f"rate: FrameFiles({self.template!r}, fps=...)."
            )
        numbers = np.array(self._numbers(folder))
        return (numbers - numbers[0]) / self.fps

    def read_frames(self, folder, indices):
        """Some of the images, upright, uint8 RGB `(len(indices), H, W, 3)`.

        Raises:
            VideoDecodeError: an image cannot be read, or has another size.
            VideoTooShortError: there are fewer images.
        """
        numbers = self._numbers(folder)
        missing = frame_names.gaps(numbers)
        if missing:
            damage.tell(folder, missing)
        wanted, places = np.unique(indices, return_inverse=True)
        if wanted[-1] >= len(numbers):
            last = int(wanted[-1])
            raise decode.VideoTooShortError(folder, len(numbers), last)
        names = [self.template.format(numbers[i]) for i in wanted]
        images = [_read(folder, os.path.join(folder, name)) for name in names]
        sizes = sorted({image.shape[:2] for image in images})
        if len(sizes) > 1:
            reason = f"its images change size: {sizes}"
            raise decode.VideoDecodeError(folder, reason)
        return np.stack(images)[places]

    def _numbers(self, folder):
        names = frame_names.names_in(folder)
        numbers = self._names.numbers(names)
        if not numbers:
            there = frame_names.what_is_there(names)
            reason = f"it is no folder with an image {self._names.example}"
            raise decode.VideoDecodeError(folder, f"{reason}; {there}")
        return numbers


def _read(folder, path):
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise ImportError(
            "Folders of images are read by Pillow: pip install 'kvideo[frames]'"
        ) from error

    try:
        with Image.open(path) as image:
            # Phones store pictures as the sensor lies, and note how to turn.
            upright = ImageOps.exif_transpose(image)
            return np.asarray(upright.convert("RGB"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        name = os.path.basename(path)
        said = getattr(error, "strerror", None)
        large = isinstance(error, Image.DecompressionBombError) and str(error)
        reason = f"{name}: {said or large or 'it is no picture'}"
        raise decode.VideoDecodeError(folder, reason) from error
