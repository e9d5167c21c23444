"""From video files to batches of clips.

A clip is float32 RGB in [0, 255] of shape (T, H, W, 3). The way there:

- `listing`: which files there are, and their labels;
- `sampling`: which frames of a video make a clip (integers only);
- `decode`: those frames out of the file (the only `import av`);
- `transforms`: one box and one flip for the whole clip, then its resize;
- `spec`: the settings of the above in one record, and `load_clip`;
- `pipeline`: `video_dataset_from_directory`, all of it in a `tf.data`;
- `synthetic`: the *motion* data set.

Loaded on first use; only `load_clip` and the pipeline need TensorFlow.
"""

from kvideo.lazy import lazy

_HOMES = {
    "ClipSpec": "spec",
    "MOTION_CLASSES": "synthetic",
    "MOTION_LEVELS": "synthetic",
    "MOTION_SWAPS": "synthetic",
    "VIDEO_EXTENSIONS": "listing",
    "VideoDecodeError": "decode",
    "load_clip": "spec",
    "render_motion_video": "synthetic",
    "video_dataset_from_directory": "pipeline",
    "write_motion_dataset": "synthetic",
}
_MODULES = (
    "decode",
    "listing",
    "pipeline",
    "sampling",
    "spec",
    "synthetic",
    "transforms",
)

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES, _MODULES)
