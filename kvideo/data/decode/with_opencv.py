"""OpenCV's decoder. It seeks inexactly, so files are read from their start."""

import numpy as np

from kvideo.data.decode.adapters import unavailable
from kvideo.data.decode.clip import Clip
from kvideo.data.decode.errors import VideoDecodeError, VideoTooShortError
from kvideo.data.decode.stream import local_name

try:
    import cv2
except ImportError as error:
    raise unavailable("opencv", error) from error


def count_frames(path):
    """Frames that can be decoded: the header's number is often a guess."""
    video, number = _open(path), 0
    while video.grab():
        number += 1
    if not number:
        raise VideoDecodeError(path, "it holds no frame")
    return number


def read_frames(path, indices, threads=1):
    """As `kvideo.data.decode.read_frames`. OpenCV turns frames upright."""
    wanted, places = np.unique(indices, return_inverse=True)
    video, clip, seen = _open(path, threads), Clip(path, places), 0
    for number, place in enumerate(wanted):
        while seen <= place:
            if not video.grab():
                raise VideoTooShortError(path, seen, int(wanted[-1]))
            seen += 1
        found, picture = video.retrieve()
        if not found:
            raise VideoDecodeError(path, f"OpenCV cannot decode frame {place}")
        clip.put(number, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    return clip.frames


def _open(path, threads=1):
    options = [cv2.CAP_PROP_N_THREADS, threads]
    video = cv2.VideoCapture(local_name(path), cv2.CAP_FFMPEG, options)
    if not video.isOpened():
        raise VideoDecodeError(path, "OpenCV cannot open it")
    return video
