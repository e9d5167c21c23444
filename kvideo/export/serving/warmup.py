"""Requests that TensorFlow Serving runs before a version answers.

The first request of a signature is slow, because TensorFlow arranges its graph
then. So the server reads `assets.extra/tf_serving_warmup_requests`, a TFRecord
file of `PredictionLog` messages, and asks itself first. Source: "SavedModel
Warmup" of the documentation of TensorFlow Serving.
"""

import numpy as np
import tensorflow as tf

from kvideo.export.serving.protos import serving_protos

GREY = 128


def warmup_requests(model, card):
    """One `PredictionLog` for each signature: a grey clip.

    Args:
        model: The network.
        card: Its `kvideo.export.Card`.

    Raises:
        ImportError: Without the extra `kvideo[serving]`.
    """
    protos = serving_protos()
    shape = (1, *model.inputs[0].shape[1:])
    inputs = {
        "serving_default": ("clips", _grey(shape, tf.float32)),
        "serve_uint8": ("clips", _grey(shape, tf.uint8)),
    }
    if shape[-1] == 3:
        images = [_image(shape[2:])] * shape[1]
        inputs["serve_jpeg"] = "frames", tf.make_tensor_proto([images])
        record = tf.make_tensor_proto([_record(images)])
        inputs["serve_example"] = "examples", record
    logs = []
    for signature, (name, tensor) in inputs.items():
        log = protos.PredictionLog()
        request = log.predict_log.request
        request.model_spec.name = card.model
        request.model_spec.signature_name = signature
        request.inputs[name].CopyFrom(tensor)
        logs.append(log)
    return logs


def write_warmup(path, model, card):
    """Writes the file at `path`; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as file:
        for log in warmup_requests(model, card):
            file.write(log.SerializeToString())


def _grey(shape, dtype):
    # One value stands for all: a clip of 5 MB in a few bytes.
    return tf.make_tensor_proto(GREY, dtype, shape)


def _image(shape):
    return tf.io.encode_jpeg(np.full(shape, GREY, np.uint8)).numpy()


def _record(images):
    frames = tf.train.Feature(bytes_list=tf.train.BytesList(value=images))
    times = (np.arange(len(images)) / 30).astype("<f8").tobytes()
    times = tf.train.Feature(bytes_list=tf.train.BytesList(value=[times]))
    features = tf.train.Features(feature={"frames": frames, "times": times})
    return tf.train.Example(features=features).SerializeToString()
