"""One video becomes one record of a shard: a serialised `tf.train.Example`.

Equal videos and settings give equal bytes, whoever writes them.
"""

import hashlib
import itertools

import numpy as np

from kvideo.data import decode, timing
from kvideo.data.shards.files import VideoBytes

# A message of protocol buffers ends at 2 GiB.
MAX_BYTES = 2**31 - 2**20
_FRAMES_AT_ONCE = 16


def to_example(item, settings):
    """(serialised `tf.train.Example`, number of frames) of a video.

    Raises:
        VideoDecodeError: the video cannot be read, or is too long.
    """
    read = _from_file if item.files is None else _from_images
    features = read(item, settings)
    features |= {
        "path": item.name,
        "index": item.index,
        "encoding": settings.encode,
        **_columns("label", item.label),
        **_columns("class_name", item.class_name),
    }
    return _serialised(features), features["num_frames"]


def _from_file(item, settings):
    data = read_bytes(item.path)
    video = VideoBytes(data, item.path)
    info = decode.probe(video)
    features = {"fps": info.fps, "sha256": hashlib.sha256(data).hexdigest()}
    if settings.encode == "video":
        _check_size(item.path, len(data))
        size = info.height, info.width
        count = decode.count_frames(video)
        return features | {"video": data, **_shape(count, size)}
    frames = decode.iterate_frames(video)
    times = decode.frame_times(video)
    return features | _jpegs(item, frames, times, settings)


def _from_images(item, settings):
    """A folder of images, which `item.files` reads."""
    count = item.files.count_frames(item.path)
    try:
        times = item.files.frame_times(item.path)
    except ValueError:
        if item.segment is not None:
            raise
        times = None
    frames = _in_groups(item, count)
    return _jpegs(item, frames, times, settings)


def _in_groups(item, count):
    for first in range(0, count, _FRAMES_AT_ONCE):
        numbers = range(first, min(first + _FRAMES_AT_ONCE, count))
        yield from item.files.read_frames(item.path, numbers)


def _jpegs(item, frames, times, settings):
    """The frames of the segment as JPEG images, with their times."""
    first, end = _part(item, times)
    images, sizes, total = [], set(), 0
    for frame in itertools.islice(frames, first, end):
        frame = reduced(frame, settings.short_side)
        images.append(_encoded(frame, settings.quality))
        sizes.add(frame.shape[:2])
        total += len(images[-1])
        _check_size(item.path, total)
    if len(sizes) != 1:
        reason = f"its frames change size: {sorted(sizes)}"
        if not sizes:
            reason = "it holds no frame"
        raise decode.VideoDecodeError(item.path, reason)
    features = {"frames": images, **_shape(len(images), sizes.pop())}
    if times is not None:
        features["times"] = _times(times[first:], len(images))
    return features


def _part(item, times):
    """(first frame, end) of the segment; an end of `None` is that of all."""
    if item.segment is None:
        return 0, None
    numbers = timing.frames_on_time(times, None, item.segment)
    if not len(numbers):
        reason = f"it ends before its segment {item.segment} (seconds) starts"
        raise decode.VideoDecodeError(item.path, reason)
    return int(numbers[0]), int(numbers[-1]) + 1


def _times(times, number):
    """The bytes of float64 seconds of each frame from the first.

    Where fewer frames could be decoded than have times, the last times are
    left out.
    """
    times = np.asarray(times[:number], "<f8")
    return (times - times[0]).tobytes()


def _shape(num_frames, size):
    height, width = size
    return {"num_frames": num_frames, "height": height, "width": width}


def reduced(frame, short_side):
    """A uint8 frame `(H, W, 3)` with at most `short_side` on its short side.

    Each pixel is the mean of the area that it covers.
    """
    import tensorflow as tf

    height, width = frame.shape[:2]
    short = min(height, width)
    if short_side is None or short <= short_side:
        return frame
    size = [round(side * short_side / short) for side in (height, width)]
    image = tf.image.resize(frame, size, method="area")
    return tf.cast(tf.round(image), tf.uint8).numpy()


def _encoded(frame, quality):
    import tensorflow as tf

    return tf.io.encode_jpeg(frame, format="rgb", quality=quality).numpy()


def read_bytes(path):
    """The bytes of a file, by `tf.io.gfile`.

    Raises:
        VideoDecodeError: it cannot be read.
    """
    import tensorflow as tf

    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            return file.read()
    except tf.errors.OpError as error:
        raise decode.VideoDecodeError(path, error.message) from error


def _check_size(path, number):
    if number > MAX_BYTES:
        reason = f"its record would be larger than {MAX_BYTES} bytes; cut it"
        raise decode.VideoDecodeError(path, reason)


def _columns(name, value):
    """`label`, or `label/verb` and `label/noun`, or nothing."""
    if isinstance(value, dict):
        return {f"{name}/{key}": entry for key, entry in value.items()}
    return {} if value is None else {name: value}


def _serialised(features):
    import tensorflow as tf

    example = tf.train.Example()
    for name, value in features.items():
        values = value if isinstance(value, list) else [value]
        feature = example.features.feature[name]
        if isinstance(values[0], bytes | str):
            values = [v.encode() if isinstance(v, str) else v for v in values]
            feature.bytes_list.value.extend(values)
        elif isinstance(values[0], float):
            feature.float_list.value.extend(values)
        else:
            feature.int64_list.value.extend(values)
    # Maps have no order of their own.
    return example.SerializeToString(deterministic=True)
