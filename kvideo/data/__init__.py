"""From video files to batches of clips.

A clip is float32 RGB in [0, 255] of shape (T, H, W, 3), or optical flow in the
same range of shape (T, H, W, 2). The way there:

- `listing`, `datasets`: which files there are, and their labels;
- `class_lists`, `predictions`: names of classes, and of what was predicted;
- `sampling`: which frames of a video make a clip (integers only);
- `timing`: from seconds to frame numbers; `frame_rates`: what is usual in a
  listing; `stride_jitter`: other strides in training;
- `decode`: those frames out of the file (the only `import av`);
- `flips`: which labels a flip changes, from the names of the classes;
- `crop`, `transforms`: one box and one flip for the whole clip, then its
  resize;
- `spec`: the settings of the above in one record, and `load_clip`;
- `views`, `view_reader`, `view_batches`, `view_iterator`: several clips and
  crops of each video, for evaluation;
- `sliding`: clips of a window that slides over a video of any length;
  `pace`: frames as they come, by time;
- `modality`: where RGB and flow are read, and how they are mirrored;
- `loader`, `batches`: all of it in a `tf.data`, its Python side and its
  TensorFlow side;
- `pipeline`, `py_dataset`: `video_dataset` for tf.data, and its twin for JAX
  and PyTorch, which needs no TensorFlow;
- `cache`, `jpeg_file`: the frames of videos as JPEG, for later epochs;
- `doctor`, `quarantine`: what is wrong with a collection, and what to leave
  out of it;
- `measure`, `rates`: what each stage takes, and what would help;
- `shards`: videos in TFRecord files, prepared once for training at scale;
- `flow`, `flow_files`, `flow_dataset`: TV-L1 flow, its images on disk, and
  those of a folder of videos;
- `synthetic`: the *motion* data set, as video files;
- `procedural`: clips that teach motion, as arrays.

Loaded on first use; only `load_clip` and the pipeline need TensorFlow.
"""

from kvideo.lazy import lazy

_HOMES = {
    "ClipCrop": "crop",
    "ClipSpec": "spec",
    "FrameCache": "cache",
    "FrameFiles": "frame_files",
    "FrameRates": "frame_rates",
    "Listing": "listing",
    "MOTION_CLASSES": "synthetic",
    "MOTION_LEVELS": "synthetic",
    "MOTION_REVERSALS": "synthetic",
    "MOTION_SWAPS": "synthetic",
    "ProceduralClips": "procedural",
    "VIDEO_EXTENSIONS": "folders",
    "VideoDecodeError": "decode",
    "VideoPyDataset": "py_dataset",
    "ViewBatches": "view_iterator",
    "Views": "views",
    "class_names": "class_lists",
    "decode_predictions": "predictions",
    "load_clip": "spec",
    "load_views": "views",
    "measure_rates": "measure",
    "open_listing": "datasets",
    "open_shards": "shards.manifest",
    "read_quarantine": "quarantine",
    "render_motion_video": "synthetic",
    "sliding_windows": "sliding",
    "video_dataset": "pipeline",
    "video_dataset_from_directory": "pipeline",
    "video_dataset_from_shards": "shards.manifest",
    "view_dataset": "view_batches",
    "without_quarantined": "quarantine",
    "write_flow_dataset": "flow_dataset",
    "write_motion_dataset": "synthetic",
    "write_quarantine": "quarantine",
    "write_shards": "shards.write",
    "write_shards_with_beam": "shards.beam",
}
_MODULES = (
    "datasets",
    "decode",
    "doctor",
    "flips",
    "flow",
    "flow_dataset",
    "flow_files",
    "listing",
    "pipeline",
    "sampling",
    "shards",
    "spec",
    "synthetic",
    "transforms",
    "views",
)

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES, _MODULES)
