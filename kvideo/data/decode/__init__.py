"""Video files to frames and back: the only package that imports PyAV.

Frames are uint8 RGB arrays of shape `(n, H, W, 3)`, upright. A file that
cannot be read raises `VideoDecodeError`, which names the file and the reason.
What reads takes a path, or a binary file object, such as `io.BytesIO`.

- `frames`: the wanted frames, or all; `seeking` and `clip` are their parts;
- `probe`: what is known of a file without decoding it all;
- `pictures`: which frames a file shows, each with its number and its stamp;
  `packets`: the same as it is stored, not decoded; `times`: stamps, repaired;
  `promise`: how much the header says there is;
- `decoding`: what a decoder shows; `damage`: what it calls damaged;
- `live`: frames with their times as they come, of long files and cameras;
- `stream`: the open file; `tracks`: which of its tracks is the video;
  `orientation`: turned, mirrored;
- `adapters`: OpenCV and torchcodec in the place of PyAV;
- `write`: frames into a file.
"""

from kvideo.data.decode.adapters import BACKENDS
from kvideo.data.decode.damage import DamagedFramesWarning
from kvideo.data.decode.errors import VideoDecodeError, VideoTooShortError
from kvideo.data.decode.frames import iterate_frames, read_frames
from kvideo.data.decode.probe import (
    VideoInfo,
    check_frames,
    count_frames,
    frame_times,
    probe,
)
from kvideo.data.decode.write import write_video

__all__ = [
    "BACKENDS",
    "DamagedFramesWarning",
    "VideoDecodeError",
    "VideoInfo",
    "VideoTooShortError",
    "check_frames",
    "count_frames",
    "frame_times",
    "iterate_frames",
    "probe",
    "read_frames",
    "write_video",
]
