"""The frames of the videos in shards."""

import io
import threading
import zlib

import numpy as np

from kvideo.data import decode
from kvideo.data.timing import NoTimesError


class UntimedRecordError(decode.VideoDecodeError, NoTimesError):
    """A record that was made of images without a frame rate."""


class VideoBytes(io.BytesIO):
    """A video in memory.

    Args:
        data: the bytes of the file.
        name: its path, whose suffix helps FFmpeg to know the container.
        called: what errors call it; `None`: by its name.
    """

    def __init__(self, data, name, called=None):
        super().__init__(data)
        self.name, self._called = name, called or name

    def __str__(self):
        return self._called


class ShardFiles:
    """Reads videos out of shards, as `kvideo.data.decode` reads files.

    Args:
        records: list of `layout.Record`s. Their strings are the paths.
    """

    def __init__(self, records):
        self._records = {str(record): record for record in records}
        self._timed = {}

    def __getstate__(self):
        return {"_records": self._records, "_timed": {}}

    def count_frames(self, path):
        return self._records[path].num_frames

    def frame_times(self, path):
        """Seconds of each frame after the first, float64 `(n,)`.

        Raises:
            VideoDecodeError: the record cannot be read.
            UntimedRecordError: it was made of images without a frame rate.
        """
        features = read_features(self._records[path])
        # Its frames are asked for next, and a record may be large.
        self._timed[threading.get_ident()] = path, features
        if "video" in features:
            return decode.frame_times(self._video(path, features))
        if "times" not in features:
            raise UntimedRecordError(path, "it has no time stamps")
        return np.frombuffer(features["times"].bytes_list.value[0], "<f8")

    def read_frames(self, path, indices):
        """The wanted frames, uint8 `(len(indices), H, W, 3)`.

        Raises:
            VideoTooShortError: the video ends before the last index.
            VideoDecodeError: the record cannot be read.
        """
        timed, features = self._timed.pop(threading.get_ident(), (None, None))
        if timed != path:
            features = read_features(self._records[path])
        if "video" in features:
            return decode.read_frames(self._video(path, features), indices)
        images = features["frames"].bytes_list.value
        wanted, places = np.unique(indices, return_inverse=True)
        if wanted[-1] >= len(images):
            raise decode.VideoTooShortError(path, len(images), int(wanted[-1]))
        return np.stack([_decoded(images[i]) for i in wanted])[places]

    def _video(self, path, features):
        data = features["video"].bytes_list.value[0]
        return VideoBytes(data, self._records[path].path, path)


def read_features(record):
    """The features of a `Record`: names to `tf.train.Feature`s.

    Raises:
        VideoDecodeError: the shard is gone, or damaged at this record.
    """
    import tensorflow as tf

    try:
        with tf.io.gfile.GFile(record.shard, "rb") as file:
            file.seek(record.offset)
            data = file.read(record.length)
    except tf.errors.OpError as error:
        raise decode.VideoDecodeError(record, error.message) from error
    if zlib.crc32(data) != record.crc32:
        reason = "the shard was cut or changed here: the checksum is another"
        raise decode.VideoDecodeError(record, reason)
    return tf.train.Example.FromString(data).features.feature


def _decoded(image):
    import tensorflow as tf

    # The default method may differ from one build to the next.
    method = "INTEGER_ACCURATE"
    return tf.io.decode_jpeg(image, channels=3, dct_method=method).numpy()
