"""What reads the frames of one item of a listing.

Each has `count_frames(path)`, `read_frames(path, indices)`, which gives uint8
`(k, H, W, 3)`, and `frame_times(path)` in seconds, as `kvideo.data.decode` has.
"""

import dataclasses
import os

import numpy as np

from kvideo.data import decode


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

    Attributes:
        template: name of the images with a place for the number, such as
            `"{:05d}.jpg"` or `"img_{:05d}.jpg"`.
        first: number of the first image, 0 or 1 as a rule.
        fps: frames a second at which the images were taken; `None` where
            nothing asks for times (`target_fps`, segments).

    Raises:
        ValueError: `template` gives one name for all numbers, or `fps` is
            not above 0.
    """

    template: str = "{:05d}.jpg"
    first: int = 1
    fps: float | None = None

    def __post_init__(self):
        try:
            names = {self.template.format(number) for number in range(2)}
        except (IndexError, KeyError, ValueError):
            names = set()
        if len(names) < 2:
            raise ValueError(
                "`template` should name an image by its number, such as "
                f"'{{:05d}}.jpg'. Received: template={self.template!r}"
            )
        if self.fps is not None and not self.fps > 0:
            raise ValueError(
                f"`fps` should be above 0 or None. Received: fps={self.fps}"
            )

    def count_frames(self, folder):
        """Number of images in a folder, without gaps from the first."""
        names = set(os.listdir(folder)) if os.path.isdir(folder) else set()
        number = 0
        while self._name(number) in names:
            number += 1
        if not number:
            reason = f"it is no folder with an image {self._name(0)}"
            raise decode.VideoDecodeError(folder, reason)
        return number

    def frame_times(self, folder):
        """Seconds of each image from the first, float64 `(n,)`."""
        if self.fps is None:
            raise ValueError(
                "Folders of images have no time stamps. Give their frame "
                f"rate: FrameFiles({self.template!r}, fps=...)."
            )
        return np.arange(self.count_frames(folder)) / self.fps

    def read_frames(self, folder, indices):
        """Some of the images, uint8 RGB `(len(indices), H, W, 3)`.

        Raises:
            VideoDecodeError: an image is missing, cannot be read, or has
                another size.
        """
        wanted, places = np.unique(indices, return_inverse=True)
        images = [
            _read(folder, os.path.join(folder, self._name(i))) for i in wanted
        ]
        sizes = sorted({image.shape[:2] for image in images})
        if len(sizes) > 1:
            reason = f"its images change size: {sizes}"
            raise decode.VideoDecodeError(folder, reason)
        return np.stack(images)[places]

    def _name(self, number):
        return self.template.format(self.first + int(number))


def _read(folder, path):
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            "Folders of images are read by Pillow: pip install 'kvideo[frames]'"
        ) from error

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except OSError as error:
        name = os.path.basename(path)
        reason = f"{name}: {error.strerror or 'it is no picture'}"
        raise decode.VideoDecodeError(folder, reason) from error
