"""What a SavedModel takes and returns.

| signature | input | of each clip |
| --- | --- | --- |
| `serving_default` | `clips`, float32 (B, T, H, W, C) | in [0, 255] |
| `serve_uint8` | `clips`, uint8 (B, T, h, w, C) | frames of any one size |
| `serve_jpeg` | `frames`, string (B, T) | T sampled JPEG or PNG images |
| `serve_example` | `examples`, string (B,) | a record, docs/shards.md |

All but the first cut and resize as `kvideo.data.load_clip`. Each returns
`probabilities` (B, classes), and `class_ids` and `class_names` (B, k), the k
most probable first. A wrong input is an INVALID_ARGUMENT that names the clip.
"""

import tensorflow as tf

from kvideo.data import ClipSpec
from kvideo.export import graph_clips, graph_sampling
from kvideo.export.graph_checks import checked, map_or_name


def clip_spec_of(model, card):
    """The `ClipSpec` of the card, which must make the network's clips.

    Raises:
        ValueError: It makes clips of another shape.
    """
    spec = ClipSpec.from_dict(card.clip_spec)
    wanted = tuple(model.inputs[0].shape[1:4])
    if (spec.num_frames, *spec.frame_size) != wanted:
        raise ValueError(
            "The `clip_spec` of the card must make the clips that the network "
            f"takes, (T, H, W) = {wanted}: a SavedModel prepares frames by it. "
            f"Received: num_frames={spec.num_frames}, "
            f"frame_size={spec.frame_size}"
        )
    return spec


def make_signatures(network, shape, spec, class_names, top):
    """Returns the signatures of a network, name -> `tf.function`.

    Args:
        network: `tf.function` from clips to probabilities (B, classes).
        shape: (T, H, W, C) of its clips.
        spec: The `kvideo.data.ClipSpec` that makes them.
        class_names: One for each class.
        top: k; more than there are classes means all.

    Returns:
        All four for RGB; JPEG images hold no flow, so the first two for C = 2.
    """
    channels = shape[-1]
    top = min(top, len(class_names))

    def answer(clips):
        probabilities = network(tf.ensure_shape(clips, (None, *shape)))
        probabilities = _numbers(probabilities)
        ids = tf.math.top_k(probabilities, top).indices
        return {
            "probabilities": probabilities,
            "class_ids": ids,
            "class_names": tf.gather(tf.constant(class_names), ids),
        }

    raw = (None, None, None, None, channels)

    def serving_default(clips):
        return answer(_finite(_some(clips, (None, *shape))))

    def serve_uint8(clips):
        return answer(_from_uint8(_some(clips, raw), spec, channels))

    def serve_jpeg(frames):
        return answer(_from_images(_some(frames, (None, None)), spec))

    def serve_example(examples):
        records = _some(examples, (None,))
        return answer(_from_images(_from_records(records, spec), spec))

    inputs = {
        serving_default: ("clips", (None, *shape), tf.float32),
        serve_uint8: ("clips", raw, tf.uint8),
        serve_jpeg: ("frames", (None, None), tf.string),
        serve_example: ("examples", (None,), tf.string),
    }
    if channels != 3:
        del inputs[serve_jpeg], inputs[serve_example]
    return {
        function.__name__: tf.function(
            function,
            [tf.TensorSpec(size, dtype, name=name)],
            autograph=False,
        )
        for function, (name, size, dtype) in inputs.items()
    }


def _some(values, shape):
    """What came, if it has this shape and is of one clip or more.

    A signature has a shape, but a server does not hold its clients to it.
    """
    values = tf.ensure_shape(values, shape)
    return checked(
        values,
        tf.shape(values)[0] > 0,
        "Expected one clip or more. Received:",
        tf.shape(values),
    )


def _finite(clips):
    bad = tf.reduce_any(~tf.math.is_finite(clips), axis=[1, 2, 3, 4])
    return checked(
        clips,
        ~tf.reduce_any(bad),
        "`clips` must hold finite numbers. Received NaN or infinity in clip",
        tf.argmax(tf.cast(bad, tf.int32), output_type=tf.int32),
    )


def _numbers(probabilities):
    bad = tf.reduce_any(~tf.math.is_finite(probabilities), axis=1)
    return checked(
        probabilities,
        ~tf.reduce_any(bad),
        "The network returns NaN in place of probabilities: its weights are "
        "damaged, or values are far outside of [0, 255]. First for clip",
        tf.argmax(tf.cast(bad, tf.int32), output_type=tf.int32),
    )


def _from_uint8(clips, spec, channels):
    shape = tf.shape(clips)
    clips = checked(
        clips,
        (shape[1] == spec.num_frames) & (shape[2] > 0) & (shape[3] > 0),
        f"`clips` must have shape (B, {spec.num_frames}, h, w, {channels}), "
        "h and w above 0. Received:",
        shape,
    )
    flat = tf.reshape(clips, (-1, shape[2], shape[3], channels))
    size = (-1, spec.num_frames, *spec.frame_size, channels)
    return tf.reshape(graph_clips.prepare(flat, spec), size)


def _from_images(images, spec):
    frames, shape = spec.num_frames, tf.shape(images)
    images = checked(
        images,
        shape[1] == frames,
        f"`frames` must have shape (B, {frames}): each clip has {frames} "
        "images. Received:",
        shape,
    )

    def message(number):
        return (
            "Each frame must be a whole JPEG or PNG image. Received another "
            "for clip",
            number // frames,
            "frame",
            number % frames,
        )

    clips = map_or_name(
        lambda image: graph_clips.decode(image, spec),
        tf.reshape(images, [-1]),
        message,
    )
    return tf.reshape(clips, (-1, frames, *spec.frame_size, 3))


_RECORD = {
    "frames": tf.io.VarLenFeature(tf.string),
    "encoding": tf.io.FixedLenFeature((), tf.string, "jpeg"),
    "times": tf.io.FixedLenFeature((), tf.string, ""),
}


def _from_records(examples, spec):
    """Records (B,) -> the images that make their clips, (B, T)."""
    timed = " and `times`" if spec.target_fps else ""

    def message(number):
        return (
            "Each example must be a record of `kvideo prepare --encode jpeg`: "
            f"a serialised tf.train.Example with `frames`{timed}, of no fewer "
            "frames than the sampler accepts. Received another for clip",
            number,
        )

    return map_or_name(lambda one: _chosen(one, spec), examples, message)


def _chosen(example, spec):
    """The T images of one record; whatever fails here names its clip."""
    features = tf.io.parse_single_example(example, _RECORD)
    images = features["frames"].values
    images = checked(
        images,
        (features["encoding"] == "jpeg") & (tf.size(images) > 0),
        "No frames",
    )
    numbers = _counted(tf.size(images), features["times"], spec)
    numbers = tf.gather(numbers, graph_sampling.sample(tf.size(numbers), spec))
    return tf.ensure_shape(tf.gather(images, numbers), (spec.num_frames,))


def _counted(size, times, spec):
    """The numbers of the images that the sampler counts, int32 (m,)."""
    rate = spec.target_fps or spec.usual_rate
    if rate is None:
        return tf.range(size)
    times = tf.io.decode_raw(times, tf.float64)
    whole = tf.size(times) == size
    if spec.target_fps:
        times = checked(times, whole, "No times")
        return graph_sampling.frames_on_time(times, rate)
    return tf.cond(
        whole & graph_sampling.has_another_rate(times, rate),
        lambda: graph_sampling.nearest_on_time(times, rate),
        lambda: tf.range(size),
    )
